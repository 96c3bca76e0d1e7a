import type { Environment } from '../../src/config/effective-value';
import { providerVariables, variableRows } from '../../src/config/provider-variables';
import { customProvidersOf } from '../../src/config/read-config';

/**
 * The environment of a proxy in front of the simulated provider: every provider is at its address. This machine's settings
 * of the proxy are left out, since a key would become the server's, and a provider of the user's own would be called.
 */
export function demoEnvironment(environment: Environment, origin: string): Environment {
  const ours = new Set(
    variableRows(customProvidersOf(environment)).flatMap(({ name, alias }) => [name, alias ?? name]),
  );
  const others = Object.entries(environment).filter(([name]) => !ours.has(name) || name === 'PORT');
  return { ...Object.fromEntries(others), ...simulatedUpstreams(origin) };
}

/** The upstream of every built-in provider, with the path that its API has. */
export function simulatedUpstreams(origin: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    providerVariables().flatMap(({ provider, upstream }) =>
      'parse' in upstream
        ? [[upstream.name, origin + new URL(provider.defaultUpstream ?? origin).pathname.replace(/\/$/, '')]]
        : [],
    ),
  );
}
