import { startFakeRealtime } from '../../helpers/fake-realtime';
import { echo, type FakeSockets } from '../../helpers/fake-sockets';
import { until } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';
import {
  UPGRADE_HEADERS,
  askUpgrade,
  openSocket,
  rawConnect,
  requestHead,
  type OpenSocket,
} from '../../helpers/socket-client';
import { openaiError } from '../../../scripts/fakes/simulated-replies';

const TOKEN = 'tok-laptop-1-0123456789';
const LIMITED = 'tok-limited-0123456789';
const bearer = (token = TOKEN) => ({ authorization: `Bearer ${token}` });

let openai: FakeSockets;
let xai: FakeSockets;
let proxy: RunningProxy | undefined;
const sockets: OpenSocket[] = [];

beforeAll(async () => {
  openai = await startFakeRealtime();
  xai = await startFakeRealtime();
});
afterAll(() => Promise.all([openai.close(), xai.close()]));
beforeEach(() => {
  for (const one of [openai, xai]) {
    one.reset();
    one.behave(echo);
  }
});
afterEach(async () => {
  for (const { socket } of sockets.splice(0)) socket.terminate();
  await proxy?.stop();
});

/** A proxy with keys of OpenAI, xAI and DeepSeek. */
async function started(environment: Record<string, string> = {}): Promise<RunningProxy> {
  proxy = await startProxy(openai, {
    XAI_UPSTREAM: xai.origin,
    DEEPSEEK_UPSTREAM: 'http://127.0.0.1:1',
    ACCESS_TOKENS: `laptop:${TOKEN},limited:${LIMITED}`,
    OPENAI_API_KEYS: 'sk-pool-openai',
    XAI_API_KEYS: 'xai-pool',
    DEEPSEEK_API_KEYS: 'sk-pool-deepseek',
    ...environment,
  });
  return proxy;
}

async function opened(
  { url }: RunningProxy,
  target = '/v1/responses',
  headers: Record<string, string> = {},
): Promise<OpenSocket> {
  const one = await openSocket(url, target, {
    headers: { ...bearer(), ...headers },
    perMessageDeflate: true,
  });
  sockets.push(one);
  return one;
}

const create = (model: string, more = '') =>
  `{ "type":"response.create", "model" : "${model}","input":"é 你好"${more} }\n`;

async function exchanged({ socket, messages, texts }: OpenSocket, message: string | Buffer) {
  const before = messages.length;
  socket.send(message);
  await until('something came back', () => messages.length > before);
  return texts()[before] ?? '';
}

const parsed = (text: string) => JSON.parse(text) as Record<string, unknown>;

describe('A WebSocket of the Responses API', () => {
  it('goes to the provider of the model in its first message, with that provider’s key', async () => {
    const running = await started();
    for (const [model, here, other] of [
      ['grok-4', xai, openai],
      ['gpt-5-mini', openai, xai],
    ] as const) {
      const one = await opened(running);
      expect(here.seen).toHaveLength(0);
      expect(await exchanged(one, create(model))).toBe(create(model));
      expect(here.keys()).toEqual([here === xai ? 'xai-pool' : 'sk-pool-openai']);
      expect(other.seen).toHaveLength(0);
      here.reset();
      here.behave(echo);
    }
  });

  it('is sent no extension, since its messages are read', async () => {
    const one = await opened(await started());
    await exchanged(one, create('grok-4'));
    expect(one.socket.extensions).toBe('');
    expect(xai.seen[0]?.headers).not.toHaveProperty('sec-websocket-extensions');
  });

  it.each([
    ['short', ''],
    ['of 126 bytes and more', `,"x":"${'a'.repeat(300)}"`],
    ['of 64 KB and more', `,"x":"${'a'.repeat(70_000)}"`],
    ['of a megabyte', `,"x":"${'a'.repeat(1_000_000)}"`],
  ])('gets an alias replaced by its bytes alone, in each message, if that is %s', async (_length, more) => {
    const running = await started({ MODEL_ROUTES: 'fast=xai/grok-4-fast-reasoning' });
    const one = await opened(running);
    for (const round of ['1', '2']) {
      expect(await exchanged(one, create('fast', `${more},"round":${round}`))).toBe(
        create('grok-4-fast-reasoning', `${more},"round":${round}`),
      );
    }
    expect(await exchanged(one, '{"type":"response.cancel"}')).toBe('{"type":"response.cancel"}');
  });

  it('is not read further than its client reads the pongs', async () => {
    const running = await started();
    const { wire, received } = rawConnect(running.port);
    wire.write(requestHead('GET /v1/responses', { ...UPGRADE_HEADERS, ...bearer() }));
    await until('it is open', () => received().includes('\r\n\r\n'));
    wire.pause();
    const ping = Buffer.concat([Buffer.from([0x89, 0xfd]), Buffer.alloc(4 + 125)]);
    const many = Buffer.concat(Array<Buffer>(500).fill(ping));
    const rounds = 400; // more than the system's buffers have room for
    let taken = 0;
    const next = () => {
      if (++taken < rounds) wire.write(many, next);
    };
    wire.write(many, next);
    let before = 0;
    let sameFor = 0;
    await until('no more of it is taken', () => {
      sameFor = taken === before ? sameFor + 1 : 0;
      before = taken;
      return taken === rounds || sameFor === 100;
    });
    wire.destroy();
    expect(taken).toBeLessThan(rounds);
  });

  it('may come in fragments, with a ping between them, and as binary messages', async () => {
    const one = await opened(await started({ MODEL_ROUTES: 'fast=xai/grok-4' }));
    const whole = Buffer.from(create('fast'));
    const pong = new Promise((resolve) => one.socket.once('pong', resolve));
    one.socket.send(whole.subarray(0, 10), { binary: true, fin: false });
    one.socket.ping('are you there');
    expect(String(await pong)).toBe('are you there');
    one.socket.send(whole.subarray(10, 20), { fin: false });
    expect(await exchanged(one, whole.subarray(20))).toBe(create('grok-4'));
    expect(one.messages[0]?.isBinary).toBe(true);
  });

  it('gets all messages that the client sends before the provider has accepted', async () => {
    const one = await opened(await started());
    for (let at = 0; at < 50; at++) one.socket.send(create('grok-4', `,"at":${at}`));
    await until('all came back', () => one.messages.length === 50);
    expect(one.texts().map((text) => parsed(text)['at'])).toEqual(Array.from({ length: 50 }, (_, at) => at));
  });

  it('whose model’s provider has none gets an error that names those that have, and is plain from then on', async () => {
    const running = await started();
    const one = await opened(running, '/v1/responses', { 'session-id': 's-1' });
    const error = parsed(await exchanged(one, create('deepseek-chat')));
    expect(error).toMatchObject({
      type: 'error',
      status: 426,
      error: { code: 'websocket-not-served', type: 'invalid_request_error' },
      headers: { 'x-proxy-error': 'websocket-not-served' },
    });
    expect(JSON.stringify(error)).toMatch(/deepseek, .*: (?:xai, openai|openai, xai)\./);
    expect(await one.closed).toMatchObject({ code: 1008, reason: 'websocket-not-served' });
    expect(openai.seen.length + xai.seen.length).toBe(0);
    const again = await askUpgrade(running.url, '/v1/responses', {
      ...UPGRADE_HEADERS,
      ...bearer(),
      'session-id': 's-1',
    });
    expect([again.status, again.headers['x-proxy-error']]).toEqual([426, 'websocket-not-served']);
    await opened(running, '/v1/responses', { 'session-id': 's-2' }); // no other session is concerned
  });

  it('is closed when a later message names a model of another provider', async () => {
    const one = await opened(await started());
    await exchanged(one, create('grok-4'));
    expect(await exchanged(one, create('grok-3'))).toBe(create('grok-3'));
    expect(parsed(await exchanged(one, create('gpt-5-mini')))).toMatchObject({
      status: 409,
      error: { code: 'websocket-other-provider' },
    });
    expect(await one.closed).toMatchObject({ code: 1008 });
    expect(openai.seen).toHaveLength(0);
  });

  it('has the provider’s own error response as an event, with its status', async () => {
    xai.respondToKey('xai-pool', openaiError(400, 'invalid_value'));
    const running = await started();
    const one = await opened(running);
    expect(parsed(await exchanged(one, create('grok-4')))).toMatchObject({
      type: 'error',
      status: 400,
      error: { code: 'invalid_value' },
    });
    await one.closed;
    await until('it is logged', () => running.log.some(({ msg }) => msg === 'request'));
    expect(running.log.find(({ msg }) => msg === 'request')).toMatchObject({
      status: 101,
      outcome: 'websocket-refused',
      provider: 'xai',
      token: 'laptop',
      model: 'grok-4',
    });
  });

  it('stays as it is, byte for byte, where no model decides anything', async () => {
    const running = await started({ XAI_API_KEYS: '', DEEPSEEK_API_KEYS: '', DAILY_CAP_USD: 'off' });
    const one = await opened(running);
    expect(one.socket.extensions).toBe('permessage-deflate');
    expect(openai.seen[0]?.headers).toHaveProperty('sec-websocket-extensions');
  });

  it('stays as it is with a provider in the path', async () => {
    const one = await opened(await started({ DAILY_CAP_USD: 'off' }), '/xai/v1/responses');
    expect(one.socket.extensions).toBe('permessage-deflate');
    expect(xai.keys()).toEqual(['xai-pool']);
    expect(await exchanged(one, create('gpt-5-mini'))).toBe(create('gpt-5-mini'));
  });

  it('goes to the next provider of a chain if one does not accept it', async () => {
    openai.respondToKey('sk-pool-openai', openaiError(500, 'server_error'));
    const running = await started({ MODEL_ROUTES: 'm=openai/gpt-5-mini > deepseek/v4 > xai/grok-4' });
    const one = await opened(running);
    expect(await exchanged(one, create('m'))).toBe(create('grok-4'));
    expect(await exchanged(one, create('m'))).toBe(create('grok-4'));
    expect(openai.seen).toHaveLength(1);
  });
});

describe('An access token for some models', () => {
  const limited = (provider = '') =>
    started({
      TOKEN_LIMITS: 'limited: models=grok-4*',
      ...(provider === '' ? {} : { XAI_API_KEYS: 'xai-pool', OPENAI_API_KEYS: '', DEEPSEEK_API_KEYS: '' }),
    });

  it('may use WebSockets, whose every message is checked', async () => {
    const one = await opened(await limited(), '/v1/responses', bearer(LIMITED));
    expect(await exchanged(one, create('grok-4'))).toBe(create('grok-4'));
    expect(await exchanged(one, create('grok-4-fast'))).toBe(create('grok-4-fast'));
    expect(parsed(await exchanged(one, create('grok-3')))).toMatchObject({
      status: 403,
      error: { code: 'model-not-allowed' },
    });
    expect((await one.closed).code).toBe(1008);
  });

  it.each([
    ['another model', create('grok-3')],
    ['no model', '{"type":"response.create","input":"x"}'],
    ['no JSON', 'hello'],
    ['a second model behind the first', create('grok-4', ',"model":"grok-3"')],
    ['one more model', create('grok-4', ',"models":["grok-3"]')],
    ['a model in its response', create('grok-4', ',"response":{"model":"grok-3"}')],
    ['a model in its session', create('grok-4', ',"session":{"model":"grok-3"}')],
  ])(
    'is refused in the first message with %s, also where the path names the provider',
    async (_what, message) => {
      const one = await opened(await limited(), '/xai/v1/responses', bearer(LIMITED));
      expect(parsed(await exchanged(one, message))).toMatchObject({ error: { code: 'model-not-allowed' } });
      await one.closed;
      expect(xai.seen).toHaveLength(0);
    },
  );
});

describe('What a client sends wrong', () => {
  const first = (bytes: readonly number[]) => async (one: OpenSocket) => {
    one.wire.write(Buffer.from(bytes));
    return one.closed;
  };
  it.each([
    ['without a mask', [0x81, 0x02, 0x7b, 0x7d]],
    ['with an extension’s bit', [0xc1, 0x80, 0, 0, 0, 0]],
    ['of an unknown kind', [0x83, 0x80, 0, 0, 0, 0]],
    ['that continues nothing', [0x80, 0x80, 0, 0, 0, 0]],
    ['a ping in fragments', [0x09, 0x80, 0, 0, 0, 0]],
  ])('a frame %s ends the WebSocket with a protocol error', async (_what, bytes) => {
    const one = await opened(await started());
    expect(await first(bytes)(one)).toMatchObject({ code: 1002, reason: 'bad-websocket-message' });
    expect(openai.seen).toHaveLength(0);
  });

  it('a message longer than MAX_BODY_BYTES ends it before it has come', async () => {
    const one = await opened(await started({ MAX_BODY_BYTES: '100000' }));
    one.wire.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0]));
    expect(await one.closed).toMatchObject({ code: 1009, reason: 'body-too-large' });
  });

  it('nothing at all ends it after IDLE_TIMEOUT, half a message after TIMEOUT', async () => {
    const silent = await opened(await started({ IDLE_TIMEOUT: '100' }));
    expect(await silent.closed).toMatchObject({ code: 1008, reason: 'request-timeout' });
    await proxy?.stop();
    const slow = await opened(await started({ TIMEOUT: '100' }));
    slow.wire.write(Buffer.from([0x81, 0xfe]));
    expect(await slow.closed).toMatchObject({ code: 1008, reason: 'request-timeout' });
  });

  it('its own close is answered, and one that leaves is noticed', async () => {
    const running = await started();
    const one = await opened(running);
    one.socket.close(1000, 'bye');
    expect(await one.closed).toMatchObject({ code: 1000 });
    const other = await opened(running);
    other.wire.destroy();
    const lines = () => running.log.filter(({ msg }) => msg === 'request');
    await until('both are logged', () => lines().length === 2);
    expect(lines().map(({ outcome }) => outcome)).toEqual(['caller-left', 'caller-left']);
  });
});

describe('A WebSocket of the Realtime API', () => {
  it('goes to the provider of the model in its query, under the name that it has there', async () => {
    const running = await started({ MODEL_ROUTES: 'voice=xai/grok-voice' });
    await opened(running, '/v1/realtime?a=%7E&model=voice&b=+');
    await opened(running, '/v1/realtime?model=grok-voice-latest');
    await opened(running, '/v1/realtime?model=gpt-realtime');
    expect(xai.seen.map(({ url }) => url)).toEqual([
      '/v1/realtime?a=%7E&model=grok-voice&b=+',
      '/v1/realtime?model=grok-voice-latest',
    ]);
    expect(openai.seen.map(({ url }) => url)).toEqual(['/v1/realtime?model=gpt-realtime']);
    expect(xai.keys()).toEqual(['xai-pool', 'xai-pool']);
  });

  it.each(['?model=grok-4&model=gpt-5', '?model=%ff', '?model=', '?x=1'])(
    'stays with the addressed provider with %s',
    async (query) => {
      await opened(await started(), `/v1/realtime${query}`);
      expect(openai.seen.map(({ url }) => url)).toEqual([`/v1/realtime${query}`]);
    },
  );
});
