import { ProxyError } from '../../errors/proxy-error';
import type { Classification } from '../../providers/errors/error-response';
import type { Provider } from '../../providers/provider';
import { NO_BODY } from '../body/body';
import { classifyResponse } from '../failover/classify-response';
import type { KeyRequest } from '../keys/key-choice';
import type { KeyPool } from '../keys/key-pool';
import type { Lease } from '../keys/lease';
import { scopeOf, type ManagedKey } from '../keys/managed-key';
import { endpointOf } from '../request/endpoint';
import type { OutboundRequest } from '../request/outbound-request';
import { upstreamPath, type UpstreamOrigin } from '../routing/upstream-origin';
import { bufferedFrom, readBeginning } from '../upstream/buffered-response';
import type { UpstreamClient } from '../upstream/upstream-client';
import { abandon, type UpstreamResponse } from '../upstream/upstream-response';
import type { OwnRequest } from './own-request';
import { parseModels, type ListedModel } from './parse-models';
import { withoutSecretIn } from '../../secrets/without-secret';

/** The longest list of a provider is 1 MB: OpenRouter's, which describes each model. */
const MAX_LIST_BYTES = 4 * 1024 * 1024;
/** A list is worth no more keys than that. */
const MAX_KEYS = 3;
const OK: Classification = { kind: 'ok' };
/** What another key may do better. */
const IS_KEYS_FAULT: ReadonlySet<Classification['kind']> = new Set([
  'invalid',
  'out-of-credit',
  'rate-limited',
  'not-permitted',
]);

/** The bytes of lists that may be in memory at the same time, of all providers. */
export class ListMemory {
  constructor(public leftBytes = 16 * 1024 * 1024) {}
}

export interface ListSource {
  readonly provider: Provider;
  readonly pool: KeyPool;
  readonly origin: UpstreamOrigin;
}

export interface FetchOptions {
  readonly upstreams: UpstreamClient;
  readonly memory: ListMemory;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

/**
 * Asks a provider for its models with the server's keys; a key that fails is judged as with any request.
 * @throws ProxyError if there is no list; whatever stops the request
 */
export async function fetchModels(
  source: ListSource,
  request: OwnRequest,
  options: FetchOptions,
): Promise<readonly ListedModel[]> {
  const { provider, pool } = source;
  const path = provider.modelList?.path ?? '/v1/models';
  const tried: ManagedKey[] = [];
  const keyRequest: KeyRequest = {
    scope: scopeOf(endpointOf('GET', path), ''),
    conversation: undefined,
    tried,
  };
  for (;;) {
    const lease = await pool.acquire(keyRequest);
    if (!lease) throw new ProxyError('keys-cooling');
    tried.push(lease.poolKey);
    try {
      if (request.failure) throw request.failure;
      const models = await askOnce(source, path, lease, request, options);
      if (models) return models;
    } finally {
      lease.release();
    }
    const mayTryAnother = tried.length < MAX_KEYS && !pool.suspected && pool.hasAnother(keyRequest);
    if (!mayTryAnother) throw new ProxyError('keys-cooling');
  }
}

/** @returns `undefined` if another key may do better */
async function askOnce(
  source: ListSource,
  path: string,
  lease: Lease,
  request: OwnRequest,
  { upstreams, memory, now }: FetchOptions,
): Promise<readonly ListedModel[] | undefined> {
  const { provider } = source;
  const { key } = lease.poolKey;
  const upstream = await upstreams.send(outboundFor(source, path, key), NO_BODY, request);
  const { status, headers, text } = await read(upstream, request, memory);
  if (status === 200) {
    const clean = text && withoutSecretIn(text, key); // clients see the names
    const models = clean === undefined ? undefined : parseModels(clean, provider.modelList?.namePrefix);
    lease.record(OK, models !== undefined);
    if (models) return models;
    throw new ProxyError('upstream-invalid');
  }
  const { classification } = classifyResponse(
    { status, headers, text },
    { provider, facts: { method: 'GET', path, model: '' }, now },
  );
  lease.record(classification);
  if (IS_KEYS_FAULT.has(classification.kind)) return undefined;
  throw new ProxyError('upstream-invalid');
}

function outboundFor({ provider, origin }: ListSource, path: string, key: string): OutboundRequest {
  const { headers = [], query = '' } = provider.modelList ?? {};
  const itsPath = provider.upstreamPath?.(path) ?? path;
  return {
    origin,
    method: 'GET',
    path: upstreamPath(origin, itsPath) + query,
    headers: [
      ...['Host', origin.host, 'Accept', 'application/json', 'Accept-Encoding', 'identity'],
      ...['User-Agent', 'node'],
      ...headers.flat(),
      ...provider.keyHeader(key, itsPath),
    ],
    upgrade: false,
    streams: () => false,
  };
}

/** @throws ProxyError `upstream-invalid` if it is longer than a list may be, or all lists together are */
async function read(upstream: UpstreamResponse, request: OwnRequest, memory: ListMemory) {
  let heldBytes = 0;
  try {
    const { bytes, ended } = await readBeginning(upstream, request, (size, chunk) => {
      heldBytes += chunk.length;
      memory.leftBytes -= chunk.length;
      return size > MAX_LIST_BYTES || memory.leftBytes < 0;
    });
    if (ended) return await bufferedFrom(upstream, bytes);
    abandon(upstream);
    throw new ProxyError('upstream-invalid');
  } finally {
    memory.leftBytes += heldBytes;
  }
}
