import type { Provider } from '../../providers/provider';
import type { Providers } from '../../providers/registry';
import { inFormatOf, servesPath } from '../../providers/formats';
import { RouteChain } from '../../proxy/routing/route-chain';
import type { ModelRouteEntry } from './routing';

/** The formats in which a request names a model in its body, by the path of each. */
const FORMATS = [
  '/v1/chat/completions',
  '/v1/responses',
  '/v1/messages',
  '/v1/embeddings',
  '/v1/completions',
  '/v1/images/generations',
];

/**
 * The chain of an entry of MODEL_ROUTES whose providers are known and have keys; `undefined` if it has one provider only.
 * A member's model is a name at that provider, and never another alias, so there is no loop.
 * @param problems gets what is wrong with it
 */
export function chainOf(
  { pattern, steps }: ModelRouteEntry,
  providers: Providers,
  problems: string[],
): RouteChain | undefined {
  if (!steps) return undefined;
  const resolved = steps.map((step) =>
    step.flatMap(({ provider: name, ...member }) => {
      const provider = providers.named(name);
      return provider ? [{ provider, ...member }] : [];
    }),
  );
  const members = resolved.flat();
  const names = members.map(({ provider, model = '' }) => `${provider.name}/${model}`);
  if (new Set(names).size < names.length) {
    problems.push(`MODEL_ROUTES has a chain, ${pattern}, with the same provider and model twice.`);
  }
  if (!FORMATS.some((path) => members.every(({ provider }) => serves(provider, path)))) {
    const each = members.map(({ provider }) => `${provider.name} (${formatsOf(provider)})`);
    problems.push(
      `MODEL_ROUTES has a chain, ${pattern}, whose providers have no API format in common: ${[...new Set(each)].join(', ')}. Nothing is translated; name providers that share one.`,
    );
  }
  return new RouteChain(pattern, resolved);
}

function serves(provider: Provider, path: string): boolean {
  return servesPath(inFormatOf(provider, path).provider, path);
}

function formatsOf(provider: Provider): string {
  return FORMATS.filter((path) => serves(provider, path)).join(' ');
}
