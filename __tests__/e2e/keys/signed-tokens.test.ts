import http from 'node:http';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { newSignedToken, type LimitTexts } from '../../../scripts/token/signed';
import { send } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

const SECRET = 'a-secret-of-the-tests-0123456789-0123';
const CHAT = '/v1/chat/completions';

let upstream: FakeUpstream;
let proxy: RunningProxy;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  proxy = await startProxy(upstream, {
    TOKEN_SECRET: SECRET,
    REVOKED_TOKENS: 'gone',
    OPENAI_API_KEYS: 'sk-pool-1-0123456789',
    ANTHROPIC_API_KEYS: 'sk-ant-pool-1-0123456789',
    GEMINI_API_KEYS: 'AIza-pool-1-0123456789',
  });
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});

function token(limits: LimitTexts, nowMs = Date.now()): string {
  const result = newSignedToken({ name: 'mum', ...limits }, SECRET, nowMs);
  if ('problem' in result) throw new Error(result.problem);
  return result.token;
}

function chat(key: string, model = 'gpt-5-mini', path = CHAT) {
  return send(proxy.url, path, {
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] }),
  });
}

const failure = ({ status, headers }: Awaited<ReturnType<typeof chat>>) => [status, headers['x-proxy-error']];

describe('a signed token', () => {
  it('lets a client in without a line in ACCESS_TOKENS, and never goes upstream or into the log', async () => {
    const mum = token({ rpm: '1000' });
    for (const [key, path] of [
      [mum, CHAT],
      [`sk-own-0123456789:${mum}`, CHAT],
      ['any', `/${mum}${CHAT}`],
    ] as const)
      expect((await chat(key, 'gpt-5-mini', path)).status).toBe(200);
    expect(JSON.stringify([upstream.seen, proxy.log])).not.toContain('slp1~');
    expect(proxy.log.filter(({ token: name }) => name === 'mum')).toHaveLength(3);
  });

  it.each([
    ['for other models', { models: 'gpt-5-mini,claude-haiku-*' }, 'gpt-5', [403, 'model-not-allowed']],
    ['for this model', { models: 'gpt-5-mini,claude-haiku-*' }, 'gpt-5-mini', [200, undefined]],
    ['for other providers', { providers: 'anthropic' }, 'gpt-5-mini', [403, 'provider-not-allowed']],
    ['for this provider', { providers: 'openai' }, 'gpt-5-mini', [200, undefined]],
  ])('%s', async (_what, limits, model, expected) => {
    expect(failure(await chat(token(limits), model))).toEqual(expected);
  });

  it('names in its error response what it is for', async () => {
    const { body, headers } = await chat(token({ models: 'gpt-5-mini,claude-haiku-*' }), 'gpt-5');
    expect(JSON.parse(body.toString())).toMatchObject({
      error: {
        code: 'model-not-allowed',
        message: expect.stringContaining('gpt-5-mini, claude-haiku-*') as string,
      },
    });
    expect(headers['x-should-retry']).toBe('false');
  });

  it('for one model cannot be used for another by naming both, nor without a model that can be read', async () => {
    const headers = {
      'x-goog-api-key': token({ models: 'gemini-flash' }),
      'Content-Type': 'application/json',
    };
    const path = '/v1beta/models/gemini-pro:generateContent';
    const both = await send(proxy.url, path, { headers, body: '{"model":"gemini-flash","contents":[]}' });
    expect(failure(both)).toEqual([403, 'model-not-allowed']);
    const packed = await send(proxy.url, CHAT, {
      headers: { ...headers, 'Content-Encoding': 'gzip' },
      body: 'anything',
    });
    expect(failure(packed)).toEqual([403, 'model-not-allowed']);
    const list = await send(proxy.url, '/v1beta/models', { headers });
    expect(list.headers['x-proxy-error']).toBeUndefined();
  });

  it('that was revoked, or is over, says so', async () => {
    expect(failure(await chat(token({ name: 'gone', rpm: '5' })))).toEqual([401, 'token-revoked']);
    const old = token({ until: '2020-01-01' }, Date.parse('2019-12-01T00:00:00Z'));
    expect(failure(await chat(old))).toEqual([401, 'token-expired']);
  });

  it('of 100 requests a minute lets exactly 100 of 1,000 pass that come at once', async () => {
    const mum = token({ name: 'busy', rpm: '100' });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 100 });
    const results = await Promise.all(
      Array.from({ length: 1_000 }, () =>
        send(proxy.url, '/v1/models', { headers: { Authorization: `Bearer ${mum}` }, agent }),
      ),
    );
    agent.destroy();
    const refused = results.filter(({ status }) => status === 429);
    expect(results.filter(({ status }) => status === 200)).toHaveLength(100);
    expect(refused).toHaveLength(900);
    for (const { headers } of refused) {
      expect(headers).toMatchObject({
        'x-proxy-error': 'token-rate-limited',
        'x-proxy-limit': '100',
        'x-proxy-remaining': '0',
      });
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(61);
    }
  });
});
