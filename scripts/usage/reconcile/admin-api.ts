import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { errorCode } from '../../../src/errors/node-errors';
import type { ProxyChoice } from '../../../src/proxy/connect/http-proxy';
import { agentFor } from '../../shared/agents';
import { printable } from '../figures';

/** A provider's API of usage and costs, and what a person needs to know to get at it. */
export interface AdminApi {
  /** As people write it: `OpenAI`. */
  readonly label: string;
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The key, which no message may contain. */
  readonly secret: string;
  /** The variable that has the key. */
  readonly variable: string;
  /** The page on which such a key is made. */
  readonly keyPage: string;
  readonly httpProxy: ProxyChoice | undefined;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Why there is no bill; the message names the remedy. */
export class BillError extends Error {}

const CALL_LIMIT_MS = 60_000;
/** 180 days are six pages of 31. */
const MAX_PAGES = 60;
const MAX_PAGE_BYTES = 16 * 1024 * 1024;
const MAX_QUOTED_CHARACTERS = 200;

/**
 * The buckets of all pages, each of a day. Both APIs page alike: `has_more`, and `next_page` as the next `page`.
 * @throws BillError
 */
export async function bucketsOf(
  api: AdminApi,
  path: string,
  query: readonly (readonly [name: string, value: string])[],
): Promise<readonly Fields[]> {
  const buckets: Fields[] = [];
  const seen = new Set<string>();
  let page: string | undefined;
  do {
    const search = new URLSearchParams([...query, ...(page === undefined ? [] : [['page', page]])] as [
      string,
      string,
    ][]);
    const { data, has_more, next_page } = await pageOf(api, path, search);
    if (!Array.isArray(data)) throw malformed(api, path);
    for (const bucket of data as unknown[]) buckets.push(fieldsOf(bucket) ?? fail(malformed(api, path)));
    page = undefined;
    if (has_more === true) {
      if (typeof next_page !== 'string' || next_page === '') throw malformed(api, path);
      if (seen.has(next_page) || seen.size >= MAX_PAGES) throw endless(api, path);
      seen.add(next_page);
      page = next_page;
    }
  } while (page !== undefined);
  return buckets;
}

/** The items of a bucket. @throws BillError */
export function resultsOf(api: AdminApi, path: string, bucket: Fields): readonly Fields[] {
  const { results } = bucket;
  if (!Array.isArray(results)) throw malformed(api, path);
  return (results as unknown[]).map((result) => fieldsOf(result) ?? fail(malformed(api, path)));
}

/** Something that a response of the documented form does not contain. */
export function malformed({ label }: AdminApi, path: string): BillError {
  return new BillError(
    `${label}'s response at ${path} does not have the documented form. Run the command again; if this remains, either the API has changed, or something between this machine and ${label} responds in its place (check HTTPS_PROXY).`,
  );
}

function endless({ label }: AdminApi, path: string): BillError {
  return new BillError(
    `${label}'s response at ${path} has pages without end. Ask for fewer days with --since; if this remains, run the command again later.`,
  );
}

async function pageOf(api: AdminApi, path: string, search: URLSearchParams): Promise<Fields> {
  const { status, text, retryAfter } = await call(api, `${api.origin}${path}?${search.toString()}`);
  const fields = fieldsOf(parsed(text));
  if (status === 200) return fields ?? fail(malformed(api, path));
  throw refused(api, path, { status, retryAfter, message: messageIn(fields, api.secret) });
}

interface Rejection {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** What the provider says, in quotation marks; '' if it says nothing. */
  readonly message: string;
}

function refused(
  { label, variable, keyPage }: AdminApi,
  path: string,
  { status, retryAfter, message }: Rejection,
): BillError {
  const what = `${label} responded with ${status}${message} at ${path}.`;
  const make = `An admin of the organisation makes one at ${keyPage}.`;
  switch (status) {
    case 401:
      return new BillError(
        `${what} ${variable} must be an admin key that is valid; the keys of the pool are not. ${make}`,
      );
    case 403:
      return new BillError(
        `${what} ${variable} is not an admin key, or it may not read usage and costs. ${make}`,
      );
    case 404:
      return new BillError(
        `${what} The account may have no organisation, without which there is no such API. ${make}`,
      );
    case 429:
      return new BillError(
        `${what} Wait ${/^\d{1,5}$/.test(retryAfter ?? '') ? `${retryAfter} seconds` : 'a minute'} and run the command again; fewer days with --since need fewer calls.`,
      );
    default:
      return new BillError(
        status >= 500
          ? `${what} This is a failure there: run the command again later.`
          : `${what} Run the command again; if this remains, the API may have changed.`,
      );
  }
}

interface CallResponse {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | undefined;
}

/** One GET on a new connection. A redirect is not followed: the key must not go elsewhere. */
async function call({ label, headers, httpProxy }: AdminApi, url: string): Promise<CallResponse> {
  const { request } = url.startsWith('https:') ? https : http;
  try {
    return await new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(CALL_LIMIT_MS);
      const options = { agent: agentFor(url, httpProxy), headers, signal };
      request(url, options, (response) => {
        textOf(response).then((text) => {
          const { statusCode: status = 0, headers: received } = response;
          resolve({ status, text, retryAfter: received['retry-after'] });
        }, reject);
      })
        .on('error', reject)
        .end();
    });
  } catch (error) {
    const reason = error instanceof DOMException ? 'no response in time' : errorCode(error);
    throw new BillError(
      `${label} is out of reach (${reason}). Check the network of this machine; HTTPS_PROXY and ALL_PROXY are honoured.`,
    );
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_PAGE_BYTES)
      throw Object.assign(new Error('the response is too long'), { code: 'a response of more than 16 MB' });
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Both have `{"error":{"message":…}}`. The key is taken out before the text is cut, which could leave a part of it. */
function messageIn(fields: Fields | undefined, secret: string): string {
  const message = fieldsOf(fields?.['error'])?.['message'];
  if (typeof message !== 'string') return '';
  return ` ("${printable(message).replaceAll(secret, '[redacted]').slice(0, MAX_QUOTED_CHARACTERS)}")`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function fail(error: BillError): never {
  throw error;
}
