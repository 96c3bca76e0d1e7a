import type { IncomingHttpHeaders } from 'node:http';
import { startFakeRealtime } from '../../helpers/fake-realtime';
import type { FakeSockets } from '../../helpers/fake-sockets';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send, until, type WireResponse } from '../../helpers/http';
import { startBundle, type RunningBundle } from '../../helpers/proxies';
import {
  SAMPLE_KEY,
  UPGRADE_HEADERS,
  behindHead,
  openSocket,
  rawConnect,
  requestHead,
} from '../../helpers/socket-client';

const TARGET = '/v1/realtime?model=m';
const OWN_KEY = { authorization: 'Bearer sk-own' };
const UPGRADE = { ...UPGRADE_HEADERS, ...OWN_KEY };

let realtime: FakeSockets;
let plain: FakeUpstream;
let bundle: RunningBundle;
/** In front of an upstream that speaks plain HTTP. */
let plainly: RunningBundle;
let switchedOff: RunningBundle;

beforeAll(async () => {
  realtime = await startFakeRealtime();
  plain = await startFakeUpstream();
  bundle = await startBundle({ OPENAI_UPSTREAM: realtime.origin });
  plainly = await startBundle({ OPENAI_UPSTREAM: plain.origin });
  switchedOff = await startBundle({ OPENAI_UPSTREAM: realtime.origin, WEBSOCKETS: 'off' });
});
afterAll(async () => {
  await Promise.all([bundle, plainly, switchedOff].map((one) => one.stop()));
  await realtime.close();
  await plain.close();
});
beforeEach(() => {
  realtime.reset();
  plain.seen.length = 0;
});

/** After each case another client is served, so the process is alive and undisturbed. */
afterEach(async () => {
  const { socket, closed } = await openSocket(bundle.url, TARGET, { headers: OWN_KEY });
  socket.close();
  await closed;
});

function expectFailure(
  { status, headers, body }: Pick<WireResponse, 'status' | 'headers' | 'body'>,
  [wantedStatus, code]: readonly [number, string],
): IncomingHttpHeaders {
  expect([status, headers['x-proxy-error']]).toEqual([wantedStatus, code]);
  expect(JSON.parse(body.toString())).toMatchObject({
    error: { code, message: expect.any(String) as string },
  });
  expect(realtime.seen).toHaveLength(0);
  return headers;
}

describe('an invalid upgrade is rejected, and nothing is sent upstream', () => {
  it.each(['8', '12', '14', '13, 8', 'thirteen', ''])('version %p', async (version) => {
    const headers = { ...UPGRADE, 'sec-websocket-version': version };
    const received = expectFailure(await send(bundle.url, TARGET, { headers }), [
      426,
      'bad-websocket-version',
    ]);
    expect(received['sec-websocket-version']).toBe('13');
  });

  it('no version', async () => {
    const { 'sec-websocket-version': _, ...headers } = UPGRADE;
    expectFailure(await send(bundle.url, TARGET, { headers }), [426, 'bad-websocket-version']);
  });

  it.each([
    ['no key', undefined],
    ['an empty key', ''],
    ['a key of 15 bytes', Buffer.alloc(15, 1).toString('base64')],
    ['a key of 17 bytes', Buffer.alloc(17, 1).toString('base64')],
    ['a key in plain text', '1731060959581'],
    ['a key that is no base64', '!!!!!!!!!!!!!!!!!!!!!!=='],
    ['a key without its padding', SAMPLE_KEY.replace('==', '')],
    ['two keys', `${SAMPLE_KEY}, ${SAMPLE_KEY}`],
  ])('%s', async (_what, key) => {
    const { 'sec-websocket-key': _, ...others } = UPGRADE;
    const headers = { ...others, ...(key === undefined ? {} : { 'sec-websocket-key': key }) };
    expectFailure(await send(bundle.url, TARGET, { headers }), [400, 'bad-websocket']);
  });

  it.each([
    ['with a length', { 'content-length': '5' }, 'hello'],
    ['in chunks', { 'transfer-encoding': 'chunked' }, '5\r\nhello\r\n0\r\n\r\n'],
  ])('a body %s', async (_how, framing, body) => {
    const client = rawConnect(bundle.port);
    client.wire.write(requestHead(`GET ${TARGET}`, { ...UPGRADE, ...framing }) + body);
    await until('a response arrived', () => client.received().toString().includes('bad-websocket'));
    expect(client.received().toString()).toMatch(/^HTTP\/1\.1 400 .*\r\nx-proxy-error: bad-websocket\r\n/is);
    expect(realtime.seen).toHaveLength(0);
    client.wire.destroy();
  });

  it.each([
    ['the Connection header', { ...UPGRADE, connection: 'keep-alive' }],
    ['the Upgrade header', { ...OWN_KEY, 'sec-websocket-key': SAMPLE_KEY, 'sec-websocket-version': '13' }],
    ['everything but OpenAI’s own', { ...OWN_KEY, 'openai-beta': 'responses_websockets=2026-02-06' }],
  ])('a missing %s is reported at once', async (_what, headers) => {
    expectFailure(await send(bundle.url, '/v1/responses', { headers }), [426, 'websocket-unsupported']);
  });

  it.each([
    ['an upgrade', '/v1/responses', UPGRADE],
    [
      'an upgrade of Codex',
      '/v1/responses',
      { ...UPGRADE, 'openai-beta': 'responses_websockets=2026-02-06' },
    ],
    ['what is left of one', TARGET, { ...OWN_KEY, 'sec-websocket-key': SAMPLE_KEY }],
  ])('%s is rejected if WEBSOCKETS is off', async (_what, target, headers) => {
    const startedAtMs = performance.now();
    expectFailure(await send(switchedOff.url, target, { headers }), [426, 'websocket-unsupported']);
    expect(performance.now() - startedAtMs).toBeLessThan(500);
  });
});

it.each([
  ['written in other ways', { connection: 'keep-alive, UPGRADE', upgrade: 'WebSocket' }],
  ['with an empty body', { 'content-length': '0' }],
])('an upgrade that is %s is one', async (_how, headers) => {
  const client = rawConnect(bundle.port);
  client.wire.write(requestHead(`GET ${TARGET}`, { ...UPGRADE, ...headers }));
  await until('a response arrived', () => behindHead(client.received()) !== undefined);
  expect(client.received().toString()).toMatch(/^HTTP\/1\.1 101 /);
  client.wire.destroy();
  await until('the upstream was left', () => realtime.open.size === 0);
});

it('an upgrade that is pipelined after a plain request waits for that response', async () => {
  const logged = bundle.log.length;
  const client = rawConnect(bundle.port);
  client.wire.write(requestHead('GET /v1/models', OWN_KEY) + requestHead(`GET ${TARGET}`, UPGRADE));
  await until('a response arrived', () => client.received().includes('HTTP/1.1 101 '));
  expect(client.received().toString()).toMatch(/^HTTP\/1\.1 404 .*"No such path\..*HTTP\/1\.1 101 /s);
  client.wire.destroy();
  await until('the upstream was left', () => realtime.open.size === 0);
  expect(bundle.log.slice(logged).filter((line) => line['msg'] !== 'request')).toEqual([]); // nothing uncaught
});

describe('any other upgrade is handled as a plain request', () => {
  const H2C = {
    ...OWN_KEY,
    connection: 'Upgrade, HTTP2-Settings',
    upgrade: 'h2c',
    'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
  };
  const LARGE = JSON.stringify({ model: 'm', input: 'x'.repeat(1_000_000) });
  const RESPONSE = /HTTP\/1\.1 200 OK\r\n/g;

  /** Sends pieces one after the other, each after the response to the one before; returns the number of responses. */
  async function responsesTo(pieces: readonly string[], expected: number): Promise<number> {
    const client = rawConnect(plainly.port);
    const responses = () => client.received().toString().match(RESPONSE)?.length ?? 0;
    for (const [at, piece] of pieces.entries()) {
      client.wire.write(piece);
      if (pieces.length > 1) await until(`response ${at + 1} arrived`, () => responses() > at);
    }
    await until('all responses arrived', () => responses() >= expected);
    client.wire.destroy();
    for (const { headers } of plain.seen) {
      expect(headers).not.toHaveProperty('upgrade');
      expect(headers).not.toHaveProperty('http2-settings');
      expect(headers.connection ?? '').not.toMatch(/upgrade/i);
    }
    return responses();
  }

  const get = requestHead('GET /v1/models', H2C);
  const post = (body: string, headers: Record<string, string> = {}) =>
    requestHead('POST /v1/responses', {
      ...H2C,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    }) + body;
  const chunked = `${requestHead('POST /v1/responses', { ...H2C, 'transfer-encoding': 'chunked' })}2\r\n{}\r\n0\r\n\r\n`;
  const plainGet = requestHead('GET /v1/models', OWN_KEY);

  it.each([
    ['a GET with h2c, as curl --http2 sends', [get], ['']],
    ['a POST with h2c and a body, as Java’s client sends', [post('{}')], ['{}']],
    ['a POST with h2c and a chunked body', [chunked], ['{}']],
    ['a POST with h2c and a megabyte', [post(LARGE)], [LARGE]],
    ['a POST with h2c and Expect', [post('{"model":"m"}', { expect: '100-continue' })], ['{"model":"m"}']],
    ['two on a connection that is kept', [get, post('{}')], ['', '{}']],
    ['a plain one on the same connection', [post('{}'), plainGet], ['{}', '']],
    ['one after a plain one', [plainGet, post('{}'), get], ['', '{}', '']],
    ['two that are sent without waiting', [post('{}') + get], ['{}', '']],
    ['a plain one that is sent without waiting', [get + plainGet + plainGet], ['', '', '']],
  ])('%s', async (_what, pieces, bodies) => {
    expect(await responsesTo(pieces, bodies.length)).toBe(bodies.length);
    expect(plain.seen.map(({ body }) => body.toString())).toEqual(bodies);
  });

  it('a body that arrives in pieces, the first of them with the head', async () => {
    const whole = post(LARGE);
    const client = rawConnect(plainly.port);
    for (let from = 0; from < whole.length; from += 100_000) {
      client.wire.write(whole.slice(from, from + 100_000));
      await new Promise(setImmediate);
    }
    await until('a response arrived', () => client.received().toString().includes('HTTP/1.1 200 OK'));
    expect(plain.seen[0]?.body.toString()).toBe(LARGE);
    client.wire.destroy();
  });

  it.each([
    ['websocket', UPGRADE],
    ['websocket without a key', { ...OWN_KEY, connection: 'Upgrade', upgrade: 'websocket' }],
  ])('a POST with %s', async (_what, headers) => {
    const response = await send(plainly.url, '/v1/responses', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{"model":"m"}',
    });
    expect(response.status).toBe(200);
    expect(plain.seen).toHaveLength(1);
    expect(plain.seen[0]).toMatchObject({ method: 'POST', body: Buffer.from('{"model":"m"}') });
    expect(plain.seen[0]?.headers).not.toHaveProperty('upgrade');
    expect(plain.seen[0]?.headers).not.toHaveProperty('sec-websocket-key');
  });
});
