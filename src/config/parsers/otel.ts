import type { UpstreamOrigin } from '../../proxy/routing/upstream-origin';
import { items, type ParseResult } from './basic';
import { readUpstreamOrigin } from './upstream';

/** Names and values, in their order. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/** The address of a collector; `undefined` for none. */
export function otlpEndpoint(text: string): ParseResult<UpstreamOrigin | undefined> {
  return text === '' ? { value: undefined } : readUpstreamOrigin(text);
}

/** A header's name (RFC 9110), and what its value may have. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
const HEADER_VALUE = /^[\x20-\x7e]*$/;
/** What the proxy itself says of its requests. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  ...['host', 'connection', 'content-length', 'content-type', 'content-encoding'],
  ...['transfer-encoding', 'expect', 'upgrade', 'te', 'trailer'],
]);

/** Headers of exports: https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables */
export function otlpHeaders(text: string): ParseResult<Pairs> {
  const pairs = pairsIn(text);
  return pairs?.every(([name, value]) => HEADER_NAME.test(name) && HEADER_VALUE.test(value)) &&
    !pairs.some(([name]) => OWN_HEADERS.has(name.toLowerCase()))
    ? { value: pairs }
    : {
        problem:
          'must be a comma-separated list of headers, name=value, with a comma in a value as %2C, and without the headers that describe the request itself.',
      };
}

/** What is said of the service: https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable */
export function resourceAttributes(text: string): ParseResult<Pairs> {
  const pairs = pairsIn(text);
  return pairs?.every(([name]) => name !== '')
    ? { value: pairs }
    : {
        problem:
          'must be a comma-separated list of attributes, name=value, with a comma in a value as %2C, such as deployment.environment.name=production.',
      };
}

/** `name=value,name=value`, percent-encoded; `undefined` if it is not. */
function pairsIn(text: string): Pairs | undefined {
  try {
    const pairs = items(text).map((item) => {
      const equals = item.indexOf('=');
      if (equals === -1) throw new URIError();
      return [decode(item.slice(0, equals)), decode(item.slice(equals + 1))] as const;
    });
    return pairs;
  } catch {
    return undefined;
  }
}

/** @throws URIError */
function decode(text: string): string {
  return decodeURIComponent(text.trim());
}

/** A shorter value is a word, such as a tenant's name. */
const MIN_SECRET_LENGTH = 8;

/** What is secret in the headers, as it is written, sent, and without the scheme before it. */
export function secretsInHeaders(headers: Pairs): string[] {
  const values = headers.flatMap(([, value]) => [value, value.replace(/^(?:Bearer|Basic|Api-Token) /i, '')]);
  return [...new Set(values)].filter(({ length }) => length >= MIN_SECRET_LENGTH);
}
