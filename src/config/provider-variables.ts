import type { WeightedKey } from '../proxy/keys/managed-key';
import type { UpstreamOrigin } from '../proxy/routing/upstream-origin';
import { compatible } from '../providers/compatible';
import { inBearer, type FormatEndpoint } from '../providers/formats';
import type { Provider } from '../providers/provider';
import { BUILT_IN } from '../providers/registry';
import { apiKeys } from './parsers/api-keys';
import type { CustomProvider, FormatAddresses } from './parsers/custom-providers';
import { readUpstreamOrigin, withoutVersion } from './parsers/upstream';
import { VARIABLES, type Variable } from './variables';

/** The variables of one provider. */
export interface ProviderVariables {
  readonly provider: Provider;
  /** The row of its upstream; a custom provider has its upstream in PROVIDERS. */
  readonly upstream: Variable<UpstreamOrigin> | UpstreamOrigin;
  readonly keys: Variable<readonly WeightedKey[]>;
  /** The addresses of its other formats, if the user gave them. */
  readonly formats?: FormatAddresses;
}

/** The variables of every provider: the built-in ones, then the user's. */
export function providerVariables(custom: readonly CustomProvider[] = []): readonly ProviderVariables[] {
  const names = new Set(custom.map(({ name }) => name));
  return [
    ...BUILT_IN.filter(({ name }) => !names.has(name)).map((provider) => ({
      provider,
      upstream: upstreamRow(provider),
      keys: keysRow(provider.name),
    })),
    ...custom.map(({ name, origin, formats }) => ({
      provider: compatible({
        name,
        upstream: undefined,
        messages: endpointOf(formats.messages),
        responses: endpointOf(formats.responses),
      }),
      upstream: origin,
      keys: keysRow(name),
      formats,
    })),
  ];
}

/** Servers that people run themselves take a Bearer token in every format. */
function endpointOf(address: UpstreamOrigin | undefined): FormatEndpoint | undefined {
  return address && { pathPrefix: withoutVersion(address.pathPrefix), keyHeader: inBearer };
}

/** Every row, in the order of docs/configuration.md. */
export function variableRows(custom: readonly CustomProvider[] = []): readonly Variable<unknown>[] {
  const { port, ...others } = VARIABLES;
  const providerRows: readonly Variable<unknown>[] = providerVariables(custom).flatMap(
    ({ upstream, keys }) => ('parse' in upstream ? [upstream, keys] : [keys]),
  );
  return [port, ...providerRows, ...Object.values(others)];
}

function upstreamRow(provider: Provider): Variable<UpstreamOrigin> {
  return {
    name: `${provider.name.toUpperCase()}_UPSTREAM`,
    fallback: provider.defaultUpstream ?? '',
    about: `Where requests for \`${provider.name}\` go: an origin, or an origin with a path prefix.${provider.defaultUpstream === undefined ? ' If unset, there is no such provider.' : ''}`,
    parse: readUpstreamOrigin,
  };
}

function keysRow(name: string): Variable<readonly WeightedKey[]> {
  const stem = name.toUpperCase();
  return {
    name: `${stem}_API_KEYS`,
    alias: `${stem}_API_KEY`,
    fallback: '',
    secret: true,
    about: `The server's keys for \`${name}\`, separated by \`|\`, \`,\` or new lines; \`key*3\` is used three times as often. If unset, clients send their own.`,
    parse: apiKeys,
  };
}
