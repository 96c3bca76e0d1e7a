import { startFakeRealtime } from '../../helpers/fake-realtime';
import type { FakeSockets } from '../../helpers/fake-sockets';
import { startProxy, type RunningProxy } from '../../helpers/proxies';
import { UPGRADE_HEADERS, askUpgrade } from '../../helpers/socket-client';

const TOKEN = 'tok-laptop-1-0123456789';
const LIMITED = 'tok-phone-1-0123456789';

let openai: FakeSockets;
let xai: FakeSockets;
let proxy: RunningProxy;
let withoutOpenai: RunningProxy;
beforeAll(async () => {
  openai = await startFakeRealtime();
  xai = await startFakeRealtime();
  const shared = {
    ACCESS_TOKENS: `laptop:${TOKEN},phone:${LIMITED}`,
    TOKEN_LIMITS: 'phone: models=grok-4',
    XAI_API_KEYS: 'xai-pool-1',
    GROQ_API_KEYS: 'gsk_pool1',
    ANTHROPIC_API_KEYS: 'sk-ant-pool-1',
    XAI_UPSTREAM: xai.origin,
    MODEL_ROUTES: 'fast=xai/grok-4,chain=xai/grok-4 > groq/grok-4',
  };
  proxy = await startProxy({ origin: openai.origin }, { ...shared, OPENAI_API_KEYS: 'sk-pool-1' });
  withoutOpenai = await startProxy({ origin: openai.origin }, shared);
});
afterAll(async () => {
  await Promise.all([proxy.stop(), withoutOpenai.stop()]);
  await Promise.all([openai.close(), xai.close()]);
});
beforeEach(() => {
  openai.reset();
  xai.reset();
});

const ask = (to: RunningProxy, headers: Record<string, string>, token = TOKEN, path = '/v1/responses') =>
  askUpgrade(to.url, path, { ...UPGRADE_HEADERS, authorization: `Bearer ${token}`, ...headers });

/** As Codex has it in its upgrade. */
const turn = (model: unknown) => ({ 'x-codex-turn-metadata': JSON.stringify({ turn_id: '', model }) });

it.each<[what: string, headers: Record<string, string>, provider: 'openai' | 'xai']>([
  ['to the provider of the model in the upgrade', turn('grok-4'), 'xai'],
  ['to the default provider if the model is its own', turn('gpt-5'), 'openai'],
  ['to the default provider if nobody has the model', turn('nosuch'), 'openai'],
  ['to the default provider if the model is too long', turn(`grok-${'4'.repeat(1_000)}`), 'openai'],
  ['to the default provider if the model is no text', turn(7), 'openai'],
  ['to the default provider if the upgrade names none', {}, 'openai'],
  ['to the default provider if it is no JSON', { 'x-codex-turn-metadata': '{"model":"grok-4' }, 'openai'],
])('a WebSocket of the Responses API goes %s', async (_what, headers, provider) => {
  expect((await ask(proxy, headers)).status).toBe(101);
  expect({ openai: openai.keys(), xai: xai.keys() }).toEqual({
    openai: provider === 'openai' ? ['sk-pool-1'] : [],
    xai: provider === 'xai' ? ['xai-pool-1'] : [],
  });
});

it('a WebSocket with a provider in its path goes there, whatever model it names', async () => {
  expect((await ask(proxy, turn('gpt-5'), TOKEN, '/xai/v1/responses')).status).toBe(101);
  expect(xai.keys()).toEqual(['xai-pool-1']);
});

it.each<[what: string, model: string, at: () => RunningProxy, token: string]>([
  ['whose model is of a provider without WebSockets', 'groq/compound', () => proxy, TOKEN],
  ['whose model is an alias', 'fast', () => proxy, TOKEN],
  ['whose model is a chain', 'chain', () => proxy, TOKEN],
  ['whose token is for some models', 'grok-4', () => proxy, LIMITED],
  ['whose model is of a provider without keys', 'nosuch', () => withoutOpenai, TOKEN],
])('a WebSocket %s gets 426, so that the client uses HTTP', async (_what, model, at, token) => {
  const response = await ask(at(), turn(model), token);
  expect(response.status).toBe(426);
  expect(response.headers['x-proxy-error']).toBe('websocket-not-routed');
  expect(openai.seen).toHaveLength(0);
  expect(xai.seen).toHaveLength(0);
});

it('a WebSocket without a model gets 426 if the default provider has no keys, and others have', async () => {
  expect((await ask(withoutOpenai, {})).status).toBe(426);
});

it('a WebSocket whose model has no Responses API anywhere gets an error that names those that have', async () => {
  const { status, body } = await ask(proxy, turn('claude-haiku-4-5'));
  expect(status).toBe(400);
  expect(body.toString()).toContain('openai');
});
