import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newSignedToken, type LimitTexts } from '../../../scripts/token/signed';
import { TEXT_OPCODE, closeFrame, serverFrame } from '../../../src/proxy/sockets/masked-frame';
import { LIVE_PATH, startFakeGeminiLive } from '../../helpers/fake-gemini-live';
import { startFakeRealtime } from '../../helpers/fake-realtime';
import type { FakeSockets } from '../../helpers/fake-sockets';
import { send, until } from '../../helpers/http';
import { startBundle, startProxy, type RunningProxy } from '../../helpers/proxies';
import {
  UPGRADE_HEADERS,
  openSocket,
  rawConnect,
  requestHead,
  type OpenSocket,
} from '../../helpers/socket-client';

/** A response of either API uses 14 tokens of input and 18 of output: by these prices, 1.80 USD. */
const PRICES = 'gpt-realtime-x=0/100000,gemini-live-x=0/100000,gpt-x=0/100000,cheap=0/1';
const PRICE = 1.8;
const TOKENS = 32;
const SECRET = 'a-secret-of-the-tests-0123456789-0123';
const STATIC = 'a-static-token-0123456789';
const KEY = 'sk-pool-1-0123456789';
const RESPOND = { type: 'response.create' };
const SETUP = { setup: { model: 'models/gemini-live-x' } };
const LIVE_TURN = { clientContent: { turns: [], turnComplete: true } };

let realtime: FakeSockets;
let live: FakeSockets;
let proxy: RunningProxy;
let issued = 0;

beforeAll(async () => {
  realtime = await startFakeRealtime();
  live = await startFakeGeminiLive();
  proxy = await startProxy(realtime, {
    ...{ PRICES, TOKEN_SECRET: SECRET, ACCESS_TOKENS: `laptop:${STATIC}`, DAILY_CAP_USD: '5' },
    ...{ OPENAI_API_KEYS: KEY, GEMINI_UPSTREAM: live.origin, GEMINI_API_KEYS: 'AIza-pool-0123456789' },
    MODEL_ROUTES: 'gpt-x=openai,alias=openai/gpt-x',
  });
});
afterAll(async () => {
  await proxy.stop();
  await Promise.all([realtime.close(), live.close()]);
});
beforeEach(() => {
  realtime.reset();
  live.reset();
});

/** A token that no other test uses. */
function token(limits: LimitTexts): string {
  const result = newSignedToken({ name: `mum-${++issued}`, ...limits }, SECRET, Date.now());
  if ('problem' in result) throw new Error(result.problem);
  return result.token;
}

const bearer = (of: string) => ({ headers: { authorization: `Bearer ${of}` } });
const opened = (of: string, target = '/v1/realtime?model=gpt-realtime-x') =>
  openSocket(proxy.url, target, bearer(of));

/** Asks for one response after the other, until there are enough or it is closed; returns how many there were. */
async function converse({ socket, texts, closed }: OpenSocket, message: object, end: string, most: number) {
  const state = { isClosed: false };
  void closed.then(() => (state.isClosed = true));
  const responses = () => texts().filter((text) => text.includes(end)).length;
  for (let asked = 1; asked <= most && !state.isClosed; asked++) {
    socket.send(JSON.stringify(message));
    await until('there is a response', () => responses() === asked || state.isClosed);
    await new Promise((resolve) => setTimeout(resolve, 50)); // the limit is looked at meanwhile
  }
  return responses();
}

/** The error that a client gets before its WebSocket is closed. */
function lastError({ texts }: OpenSocket) {
  return JSON.parse(texts().at(-1) ?? '{}') as {
    status: number;
    error: { code: string; message: string };
    headers: Record<string, string>;
  };
}

async function logOf(name: string) {
  await until('it is logged', () => proxy.log.some((line) => line['token'] === name));
  return proxy.log.filter((line) => line['token'] === name);
}

/** Asks over HTTP whether the token may still spend something. */
async function isSpent(of: string): Promise<boolean> {
  const { headers } = await send(proxy.url, '/v1/chat/completions', {
    headers: { ...bearer(of).headers, 'content-type': 'application/json' },
    body: '{"model":"gpt-x","max_tokens":1,"messages":[]}',
  });
  return headers['x-proxy-error'] === 'token-budget-spent';
}

describe('a WebSocket of a token of 5 USD', () => {
  it.each([
    ['the Realtime API', '/v1/realtime?model=gpt-realtime-x', RESPOND, '"type":"response.done"'],
    ['the Responses API', '/v1/responses', { ...RESPOND, model: 'alias' }, '"type":"response.completed"'],
  ])('of %s ends with the response that spends it, and says why', async (_api, target, message, end) => {
    const mum = token({ usd: '5/month' });
    const session = await opened(mum, target);
    expect(await converse(session, message, end, 10)).toBe(3);
    expect(await session.closed).toMatchObject({ code: 1013, reason: 'token-budget-spent' });
    const { status, error, headers } = lastError(session);
    expect([status, error.code, headers['x-proxy-error']]).toEqual([
      429,
      'token-budget-spent',
      'token-budget-spent',
    ]);
    expect(error.message).toContain('It may spend 5 USD a month.');
    const [line] = await logOf(`mum-${issued}`);
    expect(line).toMatchObject({ outcome: 'token-budget-spent', charged_usd: 3 * PRICE, charge: 'known' });
    expect(realtime.open.size).toBe(0);
    expect(await isSpent(mum)).toBe(true);
    await expect(opened(mum)).rejects.toThrow();
  });

  it('of Gemini’s Live API ends with a close frame that says why', async () => {
    const mum = token({ usd: '3/day' });
    const session = await opened(mum, LIVE_PATH);
    session.socket.send(JSON.stringify(SETUP));
    await until('it is set up', () => session.texts().length > 0);
    expect(await converse(session, LIVE_TURN, '"turnComplete"', 10)).toBe(2);
    expect(await session.closed).toMatchObject({ code: 1013, reason: 'token-budget-spent' });
    expect(session.texts().at(-1)).not.toContain('error');
    expect(await logOf(`mum-${issued}`)).toMatchObject([{ charged_usd: 2 * PRICE }]);
  });

  it('counts while it is open, for others of its token as well', async () => {
    const mum = token({ usd: '5/month' });
    const one = await opened(mum);
    const other = await opened(mum);
    expect(await converse(one, RESPOND, '"type":"response.done"', 2)).toBe(2);
    expect(await converse(other, RESPOND, '"type":"response.done"', 5)).toBe(1);
    expect(await other.closed).toMatchObject({ reason: 'token-budget-spent' });
    expect(await isSpent(mum)).toBe(true);
    expect(await converse(one, RESPOND, '"type":"response.done"', 5)).toBe(3);
    expect(await one.closed).toMatchObject({ reason: 'token-budget-spent' });
    await until(
      'both are logged',
      () => proxy.log.filter((line) => line['token'] === `mum-${issued}`).length > 2,
    );
    const charges = (await logOf(`mum-${issued}`)).map((line) => line['charged_usd']).filter(Boolean);
    expect(charges).toEqual([PRICE, 3 * PRICE]);
  });

  it('goes on as long as there is something left, and is charged once', async () => {
    const mum = token({ usd: '100' });
    const session = await opened(mum);
    expect(await converse(session, RESPOND, '"type":"response.done"', 4)).toBe(4);
    session.socket.close(1000);
    expect(await session.closed).toMatchObject({ code: 1000 });
    expect(await logOf(`mum-${issued}`)).toMatchObject([
      { charged_usd: 4 * PRICE, charge: 'known', status: 101 },
    ]);
    const { body } = await send(proxy.url, '/-/me', bearer(mum));
    expect(body.toString()).toContain(String(4 * PRICE));
  });
});

/** The upstream's frames of a response; of 0 tokens, if it does not tell how many. */
const responseOf = (tokens: number) =>
  Buffer.concat(
    [
      { type: 'response.created', response: { id: 'r' } },
      {
        type: 'response.done',
        response: { usage: tokens === 0 ? null : { input_tokens: 0, output_tokens: tokens } },
      },
    ].map((event) => serverFrame(TEXT_OPCODE, Buffer.from(JSON.stringify(event)))),
  );
const BINARY_OPCODE = 2;
/** A message of the upstream that never ends. */
const CUT = serverFrame(BINARY_OPCODE, Buffer.alloc(1_000, 'x')).subarray(0, -10);

describe('a WebSocket whose money is used up', () => {
  // It could go on for as long as the chunks did not end with a message.
  it.each([
    ['a tunnel', '/v1/realtime?model=gpt-realtime-x', undefined],
    ['one whose messages are read', '/v1/responses', '{"type":"response.create","model":"alias"}'],
  ])('is reset if a message goes on, not a frame put into it: %s', async (_what, target, first) => {
    realtime.behave(({ wire }) => wire.write(Buffer.concat([responseOf(20), CUT])));
    const session = await opened(token({ usd: '2' }), target);
    session.socket.on('error', () => undefined);
    if (first !== undefined) session.socket.send(first);
    expect(await session.closed).toMatchObject({ code: 1006 });
    expect(session.texts().filter((text) => !text.includes('"response.'))).toEqual([]);
    expect(await logOf(`mum-${issued}`)).toMatchObject([{ outcome: 'token-budget-spent' }]);
    expect(realtime.open.size).toBe(0);
  });

  it('gets no frame behind the close frame of its upstream', async () => {
    const closing = closeFrame(1000, 'bye');
    realtime.behave(({ wire }) => wire.write(Buffer.concat([responseOf(20), closing])));
    const session = await opened(token({ usd: '2' }));
    expect(await session.closed).toMatchObject({ code: 1000, reason: 'bye' });
    const received: Buffer[] = [];
    const raw = rawConnect(proxy.port);
    raw.wire.on('data', (chunk: Buffer) => received.push(chunk));
    const authorization = bearer(token({ usd: '2' })).headers.authorization;
    raw.wire.write(
      requestHead('GET /v1/realtime?model=gpt-realtime-x', { ...UPGRADE_HEADERS, authorization }),
    );
    await until('it is closed by the upstream', () => Buffer.concat(received).includes(closing));
    raw.wire.end();
    await raw.closed;
    expect(Buffer.concat(received).subarray(-closing.length)).toEqual(closing);
  });

  // Its connection, and what is reserved for it, were held until nobody waited any longer.
  it('is over as soon as its client has closed, whatever that still had sent', async () => {
    realtime.behave(({ socket, wire }) => socket.on('message', () => wire.write(responseOf(20))));
    const session = await opened(token({ usd: '2' }));
    for (let message = 0; message < 20; message++) session.socket.send('x'.repeat(50_000));
    expect(await session.closed).toMatchObject({ code: 1013 });
    const [line] = await logOf(`mum-${issued}`);
    expect(line?.['ms']).toBeLessThan(1_900);
  });

  it('is not closed because of a response that goes on, which is charged at the end', async () => {
    const begun = serverFrame(TEXT_OPCODE, Buffer.from('{"type":"response.created"}'));
    realtime.behave(({ socket, wire }) => {
      wire.write(Buffer.concat([begun, responseOf(20)]));
      socket.on('message', () => socket.send('still there'));
    });
    const session = await opened(token({ usd: '2.05' }));
    await until('there is a response', () => session.texts().length === 3);
    await new Promise((resolve) => setTimeout(resolve, 50)); // the limit is looked at meanwhile
    session.socket.send('are you?');
    await until('it goes on', () => session.texts().includes('still there'));
    session.socket.close(1000);
    expect(await logOf(`mum-${issued}`)).toMatchObject([{ charged_usd: 2.1, charge: 'assumed' }]);
  });

  it('is closed as well if its responses do not tell their use', async () => {
    realtime.behave(({ socket, wire }) => socket.on('message', () => wire.write(responseOf(0))));
    const session = await opened(token({ usd: '0.3' }));
    expect(await converse(session, RESPOND, '"type":"response.done"', 10)).toBe(3);
    expect(await session.closed).toMatchObject({ code: 1013, reason: 'token-budget-spent' });
    expect(await logOf(`mum-${issued}`)).toMatchObject([{ charged_usd: 0.3, charge: 'assumed' }]);
  });
});

it('a WebSocket ends with the daily cap of tokens without a limit of money', async () => {
  const session = await opened(STATIC);
  expect(await converse(session, RESPOND, '"type":"response.done"', 10)).toBe(3);
  expect(await session.closed).toMatchObject({ reason: 'token-budget-spent' });
  expect(lastError(session).error.message).toContain('DAILY_CAP_USD');
});

it('a WebSocket ends with its token’s tokens of a minute', async () => {
  const session = await opened(token({ tpm: String(2 * TOKENS - 1), usd: '100' }));
  expect(await converse(session, RESPOND, '"type":"response.done"', 10)).toBe(2);
  expect(await session.closed).toMatchObject({ code: 1013, reason: 'token-tokens-limited' });
  expect(lastError(session).headers['retry-after']).toBe('60');
});

it('a WebSocket with a key of the client’s own costs nothing, stays open, and may be compressed', async () => {
  const own = await startProxy(realtime, { TOKEN_SECRET: SECRET });
  const session = await openSocket(own.url, '/v1/realtime?model=gpt-realtime-x', {
    headers: { authorization: `Bearer sk-own-0123456789:${token({ usd: '1' })}` },
    perMessageDeflate: true,
  });
  expect(session.socket.extensions).toBe('permessage-deflate');
  expect(await converse(session, RESPOND, '"type":"response.done"', 4)).toBe(4);
  session.socket.close(1000);
  expect(await session.closed).toMatchObject({ code: 1000 });
  await own.stop();
});

// A cheap response at the end made all of it cheap.
it('a WebSocket of several models is charged for each by its own price', async () => {
  const done = (model: string) =>
    JSON.stringify({
      type: 'response.completed',
      response: { model, usage: { input_tokens: 0, output_tokens: 20 } },
    });
  realtime.behave(({ wire }) => {
    const frames = ['gpt-x', 'cheap'].map((model) => serverFrame(TEXT_OPCODE, Buffer.from(done(model))));
    wire.write(Buffer.concat(frames));
  });
  const session = await opened(token({ usd: '1' }), '/openai/v1/responses');
  session.socket.send('{"type":"response.create","model":"gpt-x"}');
  expect(await session.closed).toMatchObject({ code: 1013, reason: 'token-budget-spent' });
  expect(await logOf(`mum-${issued}`)).toMatchObject([{ charged_usd: 2.00002, charge: 'known' }]);
});

// The operator's price for the model of the first message was that of all.
it.each([
  ['not that of other models', ['alias', 'gpt-5-mini'], { charged_usd: 2.1, model: 'gpt-5-mini-2025-08-07' }],
  ['its own', ['alias', 'alias'], { charged_usd: 0.2, model: 'gpt-x', model_served: 'gpt-x-2025-08-07' }],
])('the price of the model that a WebSocket asks for first is %s', async (_whose, models, line) => {
  realtime.behave(({ socket }) => {
    socket.on('message', (data) => {
      const { model } = JSON.parse((data as Buffer).toString()) as { model: string };
      const usage = model === 'gpt-x' ? null : { input_tokens: 0, output_tokens: 1_000_000 };
      socket.send(
        JSON.stringify({ type: 'response.completed', response: { model: `${model}-2025-08-07`, usage } }),
      );
    });
  });
  const session = await opened(token({ usd: '100' }), '/v1/responses');
  for (const model of models) {
    const before = session.texts().length;
    session.socket.send(JSON.stringify({ ...RESPOND, model }));
    await until('there is a response', () => session.texts().length > before);
  }
  session.socket.close(1000);
  expect(await logOf(`mum-${issued}`)).toMatchObject([{ ...line, charge: 'assumed' }]);
});

it('a WebSocket that is counted is not compressed, or nobody could read what it uses', async () => {
  const compressed = { perMessageDeflate: true, ...bearer(token({ usd: '5' })) };
  const session = await openSocket(proxy.url, '/v1/realtime?model=gpt-realtime-x', compressed);
  expect(session.socket.extensions).toBe('');
  expect(realtime.seen[0]?.headers).not.toHaveProperty('sec-websocket-extensions');
  session.socket.close(1000);
});

it('a WebSocket whose responses have no price is charged what is assumed of each', async () => {
  const session = await opened(token({ usd: '100' }), '/v1/realtime?model=nobody-knows-it');
  await converse(session, RESPOND, '"type":"response.done"', 3);
  session.socket.close(1000);
  await session.closed;
  expect(await logOf(`mum-${issued}`)).toMatchObject([{ charged_usd: 0.3, charge: 'assumed' }]);
});

it('a WebSocket whose token has been revoked ends with its next response', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'budgets-'));
  const file = path.join(folder, 'proxy.yaml');
  writeFileSync(file, 'REVOKED_TOKENS: []\n');
  const followed = await startBundle({
    ...{ PRICES, TOKEN_SECRET: SECRET, CONFIG_FILE: file },
    ...{ OPENAI_API_KEYS: KEY, OPENAI_UPSTREAM: realtime.origin },
  });
  const mum = token({ usd: '100' });
  const session = await openSocket(followed.url, '/v1/realtime?model=gpt-realtime-x', bearer(mum));
  expect(await converse(session, RESPOND, '"type":"response.done"', 2)).toBe(2);
  writeFileSync(file, `REVOKED_TOKENS: [mum-${issued}]\n`);
  followed.process.kill('SIGHUP');
  await until('it is taken over', () => followed.log.some(({ msg }) => msg === 'configuration taken over'));
  expect(await converse(session, RESPOND, '"type":"response.done"', 5)).toBe(3);
  expect(await session.closed).toMatchObject({ code: 1008, reason: 'token-revoked' });
  await followed.stop();
  rmSync(folder, { recursive: true });
});
