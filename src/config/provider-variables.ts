import type { WeightedKey } from '../core/pool-key';
import type { UpstreamOrigin } from '../core/upstream-origin';
import { compatible } from '../providers/compatible';
import type { Provider } from '../providers/provider';
import { BUILT_IN } from '../providers/registry';
import type { CustomProvider } from './routing';
import { apiKeys } from './secrets';
import { readUpstreamOrigin } from './upstream-origin';
import { VARIABLES, type Variable } from './variables';

/** The variables of one provider. */
export interface ProviderVariables {
  readonly provider: Provider;
  /** The row of its upstream; a provider of the user's own has its upstream in PROVIDERS. */
  readonly upstream: Variable<UpstreamOrigin> | UpstreamOrigin;
  readonly keys: Variable<readonly WeightedKey[]>;
}

/** The variables of every provider: those of the house, then the user's own. */
export function providerVariables(custom: readonly CustomProvider[] = []): readonly ProviderVariables[] {
  return [
    ...BUILT_IN.map((provider) => ({
      provider,
      upstream: upstreamRow(provider),
      keys: keysRow(provider.name),
    })),
    ...custom.map(({ name, origin }) => ({
      provider: compatible({ name, upstream: undefined }),
      upstream: origin,
      keys: keysRow(name),
    })),
  ];
}

/** Every row, in the order of the README's table. */
export function variableRows(custom: readonly CustomProvider[] = []): readonly Variable<unknown>[] {
  const { port, ...others } = VARIABLES;
  const ofProviders: readonly Variable<unknown>[] = providerVariables(custom).flatMap(({ upstream, keys }) =>
    'read' in upstream ? [upstream, keys] : [keys],
  );
  return [port, ...ofProviders, ...Object.values(others)];
}

function upstreamRow(provider: Provider): Variable<UpstreamOrigin> {
  return {
    name: `${provider.name.toUpperCase()}_UPSTREAM`,
    fallback: provider.defaultUpstream ?? '',
    about: `Where requests for \`${provider.name}\` go: an origin, or an origin with a path prefix.${provider.defaultUpstream === undefined ? ' Without it there is no such provider.' : ''}`,
    read: readUpstreamOrigin,
  };
}

function keysRow(name: string): Variable<readonly WeightedKey[]> {
  const stem = name.toUpperCase();
  return {
    name: `${stem}_API_KEYS`,
    otherName: `${stem}_API_KEY`,
    fallback: '',
    secret: true,
    about: `The server's keys for \`${name}\`, separated by \`|\`, \`,\` or new lines; \`key*3\` is used three times as often. Without any, callers send their own.`,
    read: apiKeys,
  };
}
