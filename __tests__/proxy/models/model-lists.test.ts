import { startFakeUpstream, type FakeUpstream, type Responder } from '../../../scripts/fakes/fake-upstream';
import type { Provider } from '../../../src/providers/provider';
import { KeyPool } from '../../../src/proxy/keys/key-pool';
import { ModelLists, type ListsOptions } from '../../../src/proxy/models/model-lists';
import { UpstreamClient } from '../../../src/proxy/upstream/upstream-client';
import { until } from '../../helpers/http';
import { groq, openai } from '../../helpers/providers';

const MINUTE = 60_000;
const upstreams = new UpstreamClient(1_000, Infinity);
let upstream: FakeUpstream;
let nowMs = 1_000_000_000_000;
const coolDowns: unknown[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
beforeEach(() => {
  upstream.seen.length = 0;
  coolDowns.length = 0;
  upstream.respond(list('a', 'b'));
});
afterAll(async () => {
  upstreams.close();
  await upstream.close();
});

const list =
  (...ids: readonly string[]): Responder =>
  (_request, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ data: ids.map((id) => ({ id })) }));

const refuse =
  (status: number, code: string): Responder =>
  (_request, response) =>
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify({ error: { code } }));

function poolOf(provider: Provider, keys: readonly string[]): KeyPool {
  return new KeyPool(
    provider.name,
    keys.map((key) => ({ key, weight: 1 })),
    {
      strategy: 'round-robin',
      owner: 'server',
      now: () => nowMs,
      random: () => 0,
      events: { coolDown: (one) => coolDowns.push(one), addressSuspected: () => undefined },
    },
  );
}

/** The lists of one provider, or of these. */
function listsOf(
  more: Partial<ListsOptions> = {},
  sources: readonly (readonly [Provider, readonly string[]])[] = [[openai, ['sk-one']]],
): ModelLists {
  const { hostname, port } = new URL(upstream.origin);
  const origin = {
    protocol: 'http:',
    hostname,
    port: Number(port),
    host: `${hostname}:${port}`,
    pathPrefix: '',
    replacesV1: false,
  } as const;
  return new ModelLists({
    sources: sources.map(([provider, keys]) => ({ provider, pool: poolOf(provider, keys), origin })),
    upstreams,
    now: () => nowMs,
    refuses: () => false,
    ...more,
  });
}

const idsOf = async (lists: ModelLists, mayUse: (provider: Provider) => boolean = () => true) =>
  Object.fromEntries(
    [...(await lists.read(mayUse))].map(([{ name }, models]) => [name, models?.map(({ id }) => id)]),
  );
const credentials = () => upstream.seen.map(({ headers }) => headers.authorization);

describe('The lists of providers', () => {
  it('are asked for once, by the server’s key alone, and kept for minutes', async () => {
    const lists = listsOf();
    const all = await Promise.all([idsOf(lists), idsOf(lists), idsOf(lists)]);
    expect(all).toEqual(Array(3).fill({ openai: ['a', 'b'] }));
    nowMs += 5 * MINUTE - 1;
    await idsOf(lists);
    expect(upstream.seen.map(({ method, url }) => [method, url])).toEqual([['GET', '/v1/models']]);
    expect(upstream.seen[0]?.headers).toEqual({
      host: expect.any(String) as string,
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'node',
      authorization: 'Bearer sk-one',
      connection: 'keep-alive',
    });
    upstream.respond(list('c'));
    nowMs += 1;
    expect(await idsOf(lists)).toEqual({ openai: ['c'] });
  });

  it('of one that failed are asked for again after half a minute', async () => {
    const lists = listsOf();
    upstream.respond(refuse(500, 'server_error'));
    expect(await idsOf(lists)).toEqual({ openai: undefined });
    upstream.respond(list('c'));
    nowMs += 29_999;
    expect(await idsOf(lists)).toEqual({ openai: undefined });
    nowMs += 1;
    expect(await idsOf(lists)).toEqual({ openai: ['c'] });
  });

  it('are not asked for from providers that the client may not use', async () => {
    const lists = listsOf({}, [
      [openai, ['sk-one']],
      [groq, ['gsk-two']],
    ]);
    expect(await idsOf(lists, ({ name }) => name === 'groq')).toEqual({ groq: ['a', 'b'] });
    expect(credentials()).toEqual(['Bearer gsk-two']);
  });

  it('are not asked for from a provider that does not serve this country', async () => {
    expect(await idsOf(listsOf({ refuses: (provider) => Promise.resolve(provider === openai) }))).toEqual({
      openai: undefined,
    });
    expect(upstream.seen).toEqual([]);
  });

  it('come by the next key if one is rejected, which is then out of turn', async () => {
    upstream.respond((request, response, seen) =>
      (seen.headers.authorization === 'Bearer sk-bad' ? refuse(401, 'invalid_api_key') : list('a'))(
        request,
        response,
        seen,
      ),
    );
    const lists = listsOf({}, [[openai, ['sk-bad', 'sk-good']]]);
    expect(await idsOf(lists)).toEqual({ openai: ['a'] });
    expect(credentials()).toEqual(['Bearer sk-bad', 'Bearer sk-good']);
    expect(coolDowns).toEqual([expect.objectContaining({ pool: 'openai', reason: 'invalid' })]);
  });

  it('take three keys at most', async () => {
    upstream.respond(refuse(429, 'rate_limit_exceeded'));
    const lists = listsOf({}, [[openai, ['sk-1', 'sk-2', 'sk-3', 'sk-4', 'sk-5']]]);
    expect(await idsOf(lists)).toEqual({ openai: undefined });
    expect(upstream.seen).toHaveLength(3);
  });

  it('never name the key, whatever the provider says', async () => {
    upstream.respond(list('sk-one', 'for-sk-one'));
    expect(await idsOf(listsOf())).toEqual({ openai: ['[redacted]', 'for-[redacted]'] });
  });

  it('of a provider that does not respond are left out, and nothing of the request stays open', async () => {
    const left = { of: 0 };
    upstream.respond((_request, response) => response.on('close', () => left.of++));
    expect(await idsOf(listsOf({ limitMs: 30 }))).toEqual({ openai: undefined });
    upstream.respond((_request, response) => {
      response.writeHead(200).write('{"data":[');
      response.on('close', () => left.of++);
    });
    expect(await idsOf(listsOf({ limitMs: 30 }))).toEqual({ openai: undefined });
    await until('both requests were given up', () => left.of === 2);
  });

  it.each<[string, Responder]>([
    ['HTML', (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    ['a redirect', (_request, response) => response.writeHead(302, { location: 'https://x.example/' }).end()],
    ['nothing', (_request, response) => response.writeHead(204).end()],
    ['no HTTP response', (_request, response) => response.destroy()],
    [
      'a coding that nobody asked for',
      (_request, response) => response.writeHead(200, { 'content-encoding': 'x' }).end('{"data":[]}'),
    ],
  ])('are left out if the response is %s', async (_what, responder) => {
    upstream.respond(responder);
    expect(await idsOf(listsOf())).toEqual({ openai: undefined });
  });

  it('of more than 4 MB are not read to their end', async () => {
    let sent = 0;
    const piece = Buffer.alloc(1024 * 1024, ' ');
    upstream.respond(async (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      for (; sent < 50 && !response.destroyed; sent++) {
        if (response.write(piece)) continue;
        await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
      }
      response.end('{"data":[{"id":"a"}]}');
    });
    expect(await idsOf(listsOf())).toEqual({ openai: undefined });
    expect(sent).toBeLessThan(25);
  });

  it('that together have more than 20,000 models leave the last one out', async () => {
    const many = Array.from({ length: 10_000 }, (_, at) => `m${at}`);
    const twin = { ...groq, name: 'twin' };
    upstream.respond((request, response, seen) => {
      const isFirst = seen.headers.authorization !== 'Bearer gsk-three';
      return (isFirst ? list(...many) : list('one'))(request, response, seen);
    });
    const lists = listsOf({}, [
      [openai, ['sk-one']],
      [groq, ['gsk-two']],
      [twin, ['gsk-three']],
    ]);
    await lists.read((provider) => provider !== twin);
    const read = await lists.read(() => true);
    expect([...read.values()].map((models) => models?.length)).toEqual([10_000, 10_000, undefined]);
  });
});
