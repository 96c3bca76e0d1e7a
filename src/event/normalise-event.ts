import { METHODS, validateHeaderName, validateHeaderValue } from 'node:http';
import { isApiSegment } from '../proxy/routing/known-paths';
import type { RawHeaders } from '../http/filter-headers';
import { ProxyError } from '../errors/proxy-error';

/** The fields that serverless-http's `aws` provider reads, and none that would select another provider. */
export interface NormalEvent {
  readonly httpMethod: string;
  readonly path: string;
  readonly multiValueQueryStringParameters: Readonly<Record<string, string[]>>;
  /** Empty: it would fold them. The app gets `rawHeaders`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rawHeaders: RawHeaders;
  readonly body: string;
  readonly isBase64Encoded: boolean;
  readonly requestContext: { readonly identity: { readonly sourceIp: string } };
}

export interface NormaliseOptions {
  /** The stage prefixes that the app removes by itself. */
  readonly stagePrefixes: readonly string[];
  /** ms that this invocation may still take; `undefined` if the platform does not report it. */
  readonly remainingMs: number | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** Headers for framing or for the gateway's connection; the body's length is computed from its bytes. */
const IGNORED_HEADERS = new Set(['content-length', 'expect', 'keep-alive', 'transfer-encoding']);
/** Trusted on SCF (proxy/auth/client-address.ts); if the event has the address, a client may have sent them. */
const ADDRESS_HEADERS = new Set(['x-forwarded-for', 'x-real-ip', 'x-scf-remote-addr']);
const TIMEOUT_HEADER = 'x-scf-timeout';

/**
 * Converts an event of a Function URL (583/69491) or of an API gateway (583/12513) for serverless-http.
 * @throws Error if the event is not from an HTTP trigger: then nothing waits for an HTTP response
 * @throws ProxyError `bad-request` for what an HTTP server could not have received
 */
export function normaliseEvent(event: unknown, options: NormaliseOptions): NormalEvent {
  const fields = fieldsOf(event);
  const { httpMethod, path } = fields;
  if (typeof httpMethod !== 'string' || typeof path !== 'string') {
    throw new Error(
      'This function handles only HTTP requests, and the event has no httpMethod and path. Call it through its Function URL.',
    );
  }
  if (!METHODS.includes(httpMethod)) throw new ProxyError('bad-request');
  const { sourceIp, stage } = fieldsOf(fields['requestContext']);
  const address = typeof sourceIp === 'string' ? sourceIp : '';
  return {
    httpMethod,
    path: escapeStray(withoutStage(path === '' ? '/' : path, stage, options.stagePrefixes)),
    multiValueQueryStringParameters: queryOf(fields['queryString'] ?? fields['queryStringParameters']),
    headers: {},
    rawHeaders: headersOf(fields['headers'], address !== '', options.remainingMs),
    body: bodyText(fields['body']),
    isBase64Encoded: fields['isBase64Encoded'] === true || fields['isBase64Encoded'] === 'true',
    requestContext: { identity: { sourceIp: address } },
  };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/**
 * Removes a gateway's stage of any name, if it is the whole first segment. The app removes those in `STAGE_PREFIXES`, so
 * that never two are removed. A stage named like a segment of the APIs stays: it may be part of the path.
 */
function withoutStage(path: string, stage: unknown, appPrefixes: readonly string[]): string {
  if (typeof stage !== 'string' || stage === '' || appPrefixes.includes(stage) || isApiSegment(stage))
    return path;
  const prefix = `/${stage}`;
  if (path === prefix) return '/';
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}

/** A gateway that decodes the path leaves characters that a request line cannot contain. Control characters stay, and are
 * rejected later. */
function escapeStray(path: string): string {
  return path.replace(/[ \u0080-\uffff]+/g, (stray) =>
    [...Buffer.from(stray, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase()}`).join(''),
  );
}

/** Repeated parameters are a list. A string is the query as it was in the URL. */
function queryOf(query: unknown): Record<string, string[]> {
  const parameters = new Map<string, string[]>();
  if (typeof query === 'string') {
    for (const [name, value] of new URLSearchParams(query)) {
      const values = parameters.get(name);
      if (values) values.push(value);
      else parameters.set(name, [value]);
    }
  } else {
    for (const [name, value] of Object.entries(fieldsOf(query))) parameters.set(name, textsOf(value));
  }
  return Object.fromEntries(parameters);
}

function headersOf(headers: unknown, addressKnown: boolean, remainingMs: number | undefined): string[] {
  const raw: string[] = [];
  for (const [name, value] of Object.entries(fieldsOf(headers))) {
    const lower = name.toLowerCase();
    if (IGNORED_HEADERS.has(lower) || (addressKnown && ADDRESS_HEADERS.has(lower))) continue;
    if (lower === TIMEOUT_HEADER && remainingMs !== undefined) continue;
    for (const text of textsOf(value)) raw.push(name, checkedValue(name, text));
  }
  // The app's deadline, so that it sends an error before the platform ends the call. Under 1000 would mean seconds.
  if (remainingMs !== undefined) raw.push(TIMEOUT_HEADER, String(Math.max(1_000, Math.floor(remainingMs))));
  return raw;
}

/** An HTTP parser rejects characters that would end a header line; a JSON event may contain them. */
function checkedValue(name: string, text: string): string {
  // Node reads header bytes as latin1, so the event's text is encoded to the same bytes.
  const value = /[\u0100-\uffff]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch (cause) {
    throw new ProxyError('bad-request', { cause });
  }
  return value;
}

/** Lists in lists are read to this depth, so that none exhausts the stack. */
const MAX_LISTS = 8;

function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return (value as unknown[]).flat(MAX_LISTS).flatMap(textOf);
  return textOf(value);
}

function textOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'number' || typeof value === 'boolean' ? [String(value)] : [];
}

function bodyText(body: unknown): string {
  if (body === undefined || body === null) return '';
  if (typeof body === 'string') return body;
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw new ProxyError('bad-request', { cause }); // nested so deeply that it can be read, but not written
  }
}
