import { METHODS, validateHeaderName, validateHeaderValue } from 'node:http';
import { isApiSegment } from '../core/api-paths';
import type { RawHeaders } from '../core/headers';
import { ProxyError } from '../errors';

/** What serverless-http's `aws` provider reads of an event, and nothing that would make it take another branch. */
export interface NormalEvent {
  readonly httpMethod: string;
  readonly path: string;
  readonly multiValueQueryStringParameters: Readonly<Record<string, string[]>>;
  /** Empty: it would fold them; `rawHeaders` are what the app gets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rawHeaders: RawHeaders;
  readonly body: string;
  readonly isBase64Encoded: boolean;
  readonly requestContext: { readonly identity: { readonly sourceIp: string } };
}

export interface NormaliseOptions {
  /** The stage prefixes that the app removes by itself. */
  readonly stagePrefixes: readonly string[];
  /** ms that this invocation may still take; undefined where the platform does not say. */
  readonly remainingMs: number | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** They frame or belong to the gateway's own connection; the body's length is written again from its bytes. */
const NOT_OF_THE_EVENT = new Set(['content-length', 'expect', 'keep-alive', 'transfer-encoding']);
/** Believed on SCF (core/client-address.ts); where the event itself tells the address, it is anybody's word. */
const ADDRESS_HEADERS = new Set(['x-forwarded-for', 'x-real-ip', 'x-scf-remote-addr']);
const TIMEOUT_HEADER = 'x-scf-timeout';

/**
 * Turns an event of a Function URL (583/69491) or of an API gateway (583/12513) into what serverless-http wants.
 * @throws Error where the event is not of an HTTP trigger: nobody waits for an HTTP answer then
 * @throws ProxyError `bad-request` for what an HTTP server could not have received
 */
export function normaliseEvent(event: unknown, options: NormaliseOptions): NormalEvent {
  const fields = fieldsOf(event);
  const { httpMethod, path } = fields;
  if (typeof httpMethod !== 'string' || typeof path !== 'string') {
    throw new Error(
      'This function answers HTTP requests only, and the event has no httpMethod and path. Call it through its Function URL.',
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
 * A gateway's stage of any name, as a whole first segment. Those in `STAGE_PREFIXES` are left to the app, so that
 * never two are removed; nor is a stage that is called like a segment of the APIs, which may be the path's own.
 */
function withoutStage(path: string, stage: unknown, appPrefixes: readonly string[]): string {
  if (typeof stage !== 'string' || stage === '' || appPrefixes.includes(stage) || isApiSegment(stage))
    return path;
  const prefix = `/${stage}`;
  if (path === prefix) return '/';
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}

/** A gateway that decodes the path leaves what no request line can hold. Control characters stay, to be refused. */
function escapeStray(path: string): string {
  return path.replace(/[ \u0080-\uffff]+/g, (stray) =>
    [...Buffer.from(stray, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase()}`).join(''),
  );
}

/** Repeated parameters come as a list. A text is taken for the query as it stood in the URL. */
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
    if (NOT_OF_THE_EVENT.has(lower) || (addressKnown && ADDRESS_HEADERS.has(lower))) continue;
    if (lower === TIMEOUT_HEADER && remainingMs !== undefined) continue;
    for (const text of textsOf(value)) raw.push(name, checkedValue(name, text));
  }
  // The app's own deadline: an answer that says so, instead of the platform's cut. Under 1000 would mean seconds.
  if (remainingMs !== undefined) raw.push(TIMEOUT_HEADER, String(Math.max(1_000, Math.floor(remainingMs))));
  return raw;
}

/** A server's parser refuses what would end a header line; a JSON event may well hold it. */
function checkedValue(name: string, text: string): string {
  // Off the wire a header's bytes read as latin1; the event's text is made of the same bytes again.
  const value = /[\u0100-\uffff]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch (cause) {
    throw new ProxyError('bad-request', { cause });
  }
  return value;
}

function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value === 'string') return [value];
  return typeof value === 'number' || typeof value === 'boolean' ? [String(value)] : [];
}

function bodyText(body: unknown): string {
  if (body === undefined || body === null) return '';
  return typeof body === 'string' ? body : JSON.stringify(body);
}
