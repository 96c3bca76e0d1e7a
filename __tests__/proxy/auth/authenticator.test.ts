import type { IncomingMessage } from 'node:http';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { readConfig } from '../../../src/config/read-config';
import { Authenticator, type AuthOptions } from '../../../src/proxy/auth/authenticator';
import { WRONG_TOKENS_ALLOWED, type MakeLimiter } from '../../../src/proxy/auth/bad-token-limiter';
import { parseTarget } from '../../../src/proxy/routing/parse-target';
import type { KnownToken } from '../../../src/proxy/tokens/known-token';
import { signToken } from '../../../src/proxy/tokens/signed-tokens';
import { gemini } from '../../../src/providers/gemini';
import { openai } from '../../../src/providers/openai';

const { providers, stagePrefixes } = readConfig({});
const ANN = { name: 'ann', token: 'token-of-ann-0001' };
const BOB = { name: 'bob', token: 'token-of-bob-0002' };
const CONFIGURED: AuthOptions = {
  accessTokens: [ANN, BOB],
  apiKeys: new Map([[openai, [{ key: 'sk-server', weight: 1 }]]]),
  tokenSecrets: [],
  revokedTokens: [],
  redisUrl: '',
  adminToken: 'admin-token-0001',
  providers,
  anonymous: false,
  corsOrigins: '*',
  allowedHosts: [],
};
const NOW_MS = 1_800_000_000_000;
const NOW_S = NOW_MS / 1_000;

function makeAuth(
  changes: Partial<AuthOptions> = {},
  onScf = false,
  makeLimiter: MakeLimiter = () => undefined,
) {
  return new Authenticator({ ...CONFIGURED, ...changes }, { makeLimiter, onScf, now: () => NOW_MS });
}

function requestWith(
  headers: Record<string, string>,
  address = '203.0.113.7',
  method = 'POST',
): IncomingMessage {
  return { headers, method, socket: { remoteAddress: address } } as unknown as IncomingMessage;
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Parses a target and authenticates it, as the proxy does. */
async function authenticate(auth: Authenticator, request: IncomingMessage, target = '/v1/models') {
  const route = parseTarget(target, { providers, stagePrefixes, findToken: auth.findToken });
  return auth.authenticate(request, route, route.provider);
}
const failsWith = (code: string, more = {}) => expect.objectContaining({ code, ...more }) as Error;

describe('with access tokens, a request', () => {
  it.each([
    ['in a header', bearer(ANN.token), '/v1/models'],
    ['in the path', {}, `/${ANN.token}/v1/models`],
    ['in the query', {}, `/v1/models?key=${ANN.token}`],
  ])('is authenticated by a valid token %s', async (_where, headers, target) => {
    expect(await authenticate(makeAuth(), requestWith(headers), target)).toMatchObject({ tokenName: 'ann' });
  });

  it('keeps the client’s own key beside a token, and no second token', async () => {
    const request = requestWith({ ...bearer(`sk-own:${ANN.token}`), 'x-api-key': BOB.token });
    const authentication = await authenticate(makeAuth(), request, `/v1/models?a=${BOB.token}&b=1`);
    expect(Object.fromEntries(authentication.credentials)).toEqual({ authorization: 'sk-own' });
    expect(authentication).toMatchObject({ tokenName: 'ann', query: '?b=1' });
  });

  it.each([
    ['no token', {}, '/v1/models'],
    ['a wrong token', bearer('token-of-ann-0002'), '/v1/models'],
    ['a wrong token in the path', {}, '/token-of-ann-0002/v1/models'],
    ['the admin token', bearer(CONFIGURED.adminToken), '/v1/models'],
    ['a key of the server', bearer('sk-server'), '/v1/models'],
    ['a grant of nobody', {}, `/gemini/upload/v1beta/files?upload_id=1&proxy-grant=ann.1.${'A'.repeat(43)}`],
  ])('is rejected with %s', async (_what, headers, target) => {
    await expect(authenticate(makeAuth(), requestWith(headers), target)).rejects.toEqual(
      failsWith('bad-token'),
    );
  });

  it.each([
    ['a wrong token', bearer('wrong'), '/v1/models'],
    ['a guess in the path', {}, '/guess/v1/models'],
    ['a path that has the form of a token', {}, '/token-of-ann-0002'],
  ])(
    'has to wait after ten times %s, and so has a valid token that is new there',
    async (_what, headers, target) => {
      const auth = makeAuth();
      expect((await authenticate(auth, requestWith(bearer(BOB.token)))).tokenName).toBe('bob');
      for (let at = 0; at < WRONG_TOKENS_ALLOWED; at++)
        await expect(authenticate(auth, requestWith(headers), target)).rejects.toEqual(
          failsWith('bad-token'),
        );
      const throttled = failsWith('too-many-bad-tokens', { retryAfterMs: 60_000 });
      await expect(authenticate(auth, requestWith(headers), target)).rejects.toEqual(throttled);
      await expect(authenticate(auth, requestWith(bearer(ANN.token)))).rejects.toEqual(throttled);
      expect((await authenticate(auth, requestWith(bearer(BOB.token)))).tokenName).toBe('bob');
      expect((await authenticate(auth, requestWith(bearer(ANN.token), '203.0.113.8'))).tokenName).toBe('ann');
    },
  );

  it('never has to wait after requests that sent nothing that could be a token', async () => {
    const auth = makeAuth();
    for (let at = 0; at < 3 * WRONG_TOKENS_ALLOWED; at++)
      for (const target of ['/v1/models', '/robots.txt'])
        await expect(authenticate(auth, requestWith({}), target)).rejects.toEqual(failsWith('bad-token'));
    expect((await authenticate(auth, requestWith(bearer(ANN.token)))).tokenName).toBe('ann');
  });

  it('is counted by the address that SCF reports, which a client cannot choose elsewhere', async () => {
    const counted = async (onScf: boolean) => {
      const auth = makeAuth({}, onScf);
      const guess = (at: number) =>
        authenticate(auth, requestWith({ ...bearer('wrong'), 'x-forwarded-for': `198.51.100.${at}` }));
      for (let at = 0; at < WRONG_TOKENS_ALLOWED; at++) await guess(at).catch(() => undefined);
      return guess(99).catch((error: unknown) => error);
    };
    expect(await counted(false)).toEqual(failsWith('too-many-bad-tokens'));
    expect(await counted(true)).toEqual(failsWith('bad-token'));
  });
});

describe('a wrong admin token', () => {
  it('is counted with wrong access tokens, and has an error of its own', async () => {
    const auth = makeAuth();
    const request = requestWith({});
    for (let at = 0; at < WRONG_TOKENS_ALLOWED; at++)
      await expect(auth.refuse(request, 'bad-admin-token')).rejects.toEqual(failsWith('bad-admin-token'));
    await expect(auth.refuse(request, 'bad-admin-token')).rejects.toEqual(failsWith('too-many-bad-tokens'));
    expect(auth.accepts(request, 'ann')).toBe(false);
  });
});

describe('without access tokens, a request', () => {
  it.each([
    ['with a key of its own', bearer('sk-own'), '/v1/models', { authorization: 'sk-own' }],
    ['without any credential', {}, '/v1/models', {}],
    ['with a grant', {}, '/gemini/upload/v1beta/files?upload_id=1&proxy-grant=a', {}],
  ])('is authenticated %s', async (_what, headers, target, credentials) => {
    const authentication = await authenticate(makeAuth({ accessTokens: [] }), requestWith(headers), target);
    expect(authentication.tokenName).toBeUndefined();
    expect(Object.fromEntries(authentication.credentials)).toEqual(credentials);
  });

  it('has no token in its path', () => {
    expect(makeAuth({ accessTokens: [] }).findToken(ANN.token)).toBeUndefined();
    expect(makeAuth().findToken(ANN.token)?.name).toBe('ann');
    expect(makeAuth().findToken(BOB.token)?.name).toBe('bob');
  });

  it.each([
    ['a page elsewhere', { host: 'localhost:9000', origin: 'https://evil.example' }],
    ['a page elsewhere, without Origin', { host: 'localhost:9000', 'sec-fetch-site': 'cross-site' }],
    ['a name that was rebound to this machine', { host: 'evil.example', origin: 'http://evil.example' }],
  ])('may not spend the server’s keys from %s', async (_what, headers) => {
    const anonymous = makeAuth({ accessTokens: [], anonymous: true });
    await expect(authenticate(anonymous, requestWith(headers))).rejects.toEqual(failsWith('foreign-origin'));
    const withOwnKeys = makeAuth({ accessTokens: [], anonymous: false });
    expect(await authenticate(withOwnKeys, requestWith(headers))).toMatchObject({ presented: false });
  });

  it('may name any host of a public function, which resolves to nothing private', async () => {
    const options = { accessTokens: [], anonymous: true };
    const request = requestWith({ host: 'service-1.gz.example.com' });
    expect(await authenticate(makeAuth(options, true), request)).toMatchObject({ presented: false });
    await expect(authenticate(makeAuth(options, false), request)).rejects.toEqual(
      failsWith('foreign-origin'),
    );
  });
});

describe('an upload’s grant', () => {
  const QUERY = '?upload_id=AbC-1';
  const PATH = '/upload/v1beta/files';
  const URL_PATH = `/${gemini.name}${PATH}`;

  async function granted(auth: Authenticator): Promise<string> {
    await auth.grants.prepare();
    return auth.grants.withGrant({ provider: gemini.name, path: PATH, query: QUERY }, 'ann');
  }

  it('authenticates its upload in any instance with the same configuration', async () => {
    const query = await granted(makeAuth());
    expect(await authenticate(makeAuth(), requestWith({}), URL_PATH + query)).toMatchObject({
      tokenName: 'ann',
    });
    expect(
      await authenticate(makeAuth(), requestWith({}, '203.0.113.7', 'PUT'), URL_PATH + query),
    ).toMatchObject({
      tokenName: 'ann',
    });
  });

  it.each<[string, Partial<AuthOptions>]>([
    ['key', { apiKeys: new Map([[openai, [{ key: 'sk-other', weight: 1 }]]]) }],
    ['admin token', { adminToken: 'admin-token-0002' }],
    ['Redis password', { redisUrl: 'redis://:password@127.0.0.1' }],
  ])('ends with another %s, as it is signed with all secrets', async (_what, changes) => {
    const query = await granted(makeAuth());
    await expect(authenticate(makeAuth(changes), requestWith({}), URL_PATH + query)).rejects.toEqual(
      failsWith('bad-token'),
    );
  });

  it.each([
    ['a GET', URL_PATH, 'GET'],
    ['another path', `${URL_PATH}/other`, 'POST'],
    ['another provider', `/openai${PATH}`, 'POST'],
    ['a page of the proxy', '/-/egress', 'POST'],
  ])('does not authenticate %s', async (_what, path, method) => {
    const auth = makeAuth();
    const query = await granted(auth);
    await expect(authenticate(auth, requestWith({}, '203.0.113.7', method), path + query)).rejects.toEqual(
      failsWith('bad-token'),
    );
  });

  it('has to wait like a token in a network that guesses', async () => {
    const auth = makeAuth();
    const query = await granted(auth);
    for (let at = 0; at < WRONG_TOKENS_ALLOWED; at++)
      await authenticate(auth, requestWith(bearer('wrong'))).catch(() => undefined);
    await expect(authenticate(auth, requestWith({}), URL_PATH + query)).rejects.toEqual(
      failsWith('too-many-bad-tokens'),
    );
  });

  it('counts as a guess if it is invalid beside a wrong key', async () => {
    const auth = makeAuth();
    const target = `${URL_PATH}?upload_id=1&proxy-grant=ann.1.${'A'.repeat(43)}`;
    for (let at = 0; at < WRONG_TOKENS_ALLOWED; at++)
      await authenticate(auth, requestWith(bearer('wrong')), target).catch(() => undefined);
    await expect(authenticate(auth, requestWith(bearer('wrong')), target)).rejects.toEqual(
      failsWith('too-many-bad-tokens'),
    );
  });

  it('leaves a token in the path alone, which is the one that counts', async () => {
    const auth = makeAuth();
    const target = `/${BOB.token}${URL_PATH}?upload_id=1&proxy-grant=ann.1.x`;
    expect(await authenticate(auth, requestWith({}), target)).toMatchObject({ tokenName: 'bob' });
  });
});

describe('instances that share a Redis', () => {
  /** The name under which a limiter counts a network. */
  async function countedAs(redisUrl: string): Promise<string> {
    const names: string[] = [];
    const consume = (name: string) => {
      names.push(name);
      return Promise.resolve({ remainingPoints: 5, msBeforeNext: 60_000 });
    };
    const limiter = Promise.resolve({ consume } as unknown as RateLimiterAbstract);
    await authenticate(
      makeAuth({ redisUrl }, false, () => limiter),
      requestWith(bearer('wrong')),
    ).catch(() => undefined);
    return names.join();
  }

  it('count a network under the same name, which does not contain its address', async () => {
    const name = await countedAs('redis://:one@127.0.0.1');
    expect(name).toMatch(/^[\w-]{43}$/);
    expect(await countedAs('redis://:one@127.0.0.1')).toBe(name);
    expect(await countedAs('redis://:two@127.0.0.1')).not.toBe(name);
    expect(await countedAs('')).not.toBe(await countedAs('')); // nothing in common
  });
});

describe('signed tokens', () => {
  const SECRET = 'a-secret-of-the-tests-0123456789-0123';
  const ISSUED = { name: 'mum', issuedAt: NOW_MS / 1_000 - 60, limits: { models: [], providers: [] } };
  const signed = () => requestWith(bearer(signToken(ISSUED, SECRET)));
  const effects = { makeLimiter: () => undefined, onScf: false, now: () => NOW_MS };

  it('are valid by their secret, beside static ones or alone', async () => {
    const auth = makeAuth({ tokenSecrets: [SECRET] });
    expect((await authenticate(auth, signed())).tokenName).toBe('mum');
    expect((await authenticate(auth, requestWith(bearer(ANN.token)))).tokenName).toBe('ann');
    const alone = makeAuth({ tokenSecrets: [SECRET], accessTokens: [] });
    expect((await authenticate(alone, signed())).tokenName).toBe('mum');
    await expect(authenticate(alone, requestWith({}))).rejects.toEqual(failsWith('bad-token'));
    await expect(authenticate(makeAuth(), signed())).rejects.toEqual(failsWith('bad-token'));
    await expect(authenticate(makeAuth({ configFile: 'x' }), signed())).rejects.toEqual(
      failsWith('bad-token'),
    );
  });

  it.each<[string, Partial<AuthOptions>, boolean]>([
    ['with a secret', { tokenSecrets: [SECRET] }, true],
    ['with a file that may add one', { configFile: 'proxy.yaml' }, true],
    ['with a shared configuration that may add one', { configSecret: SECRET }, true],
    ['without any of them', {}, false],
    ['with empty ones', { configFile: '', configSecret: '' }, false],
  ])('can be revoked %s', (_what, changes, expected) => {
    expect(makeAuth(changes).revocations !== undefined).toBe(expected);
  });

  it('stay revoked by a list from elsewhere when the configuration changes', async () => {
    const options = { ...CONFIGURED, tokenSecrets: [SECRET] };
    const before = new Authenticator(options, effects);
    before.revocations?.follow([{ name: 'mum' }]);
    const after = new Authenticator(options, effects, before);
    await expect(authenticate(after, signed())).rejects.toEqual(failsWith('token-revoked'));
    const first = new Authenticator(options, effects, new Authenticator(CONFIGURED, effects));
    expect((await authenticate(first, signed())).tokenName).toBe('mum');
  });

  it('let nobody guess again when the configuration changes', async () => {
    const before = makeAuth();
    for (let at = 0; at < WRONG_TOKENS_ALLOWED; at++)
      await authenticate(before, requestWith(bearer('wrong'))).catch(() => undefined);
    const after = new Authenticator({ ...CONFIGURED, tokenSecrets: [SECRET] }, effects, before);
    await expect(authenticate(after, requestWith(bearer('wrong')))).rejects.toEqual(
      failsWith('too-many-bad-tokens'),
    );
  });

  it('are listed with the static ones once they were seen', async () => {
    const auth = makeAuth({ tokenSecrets: [SECRET] });
    const names = () => auth.listedTokens().map(({ token: { name } }) => name);
    expect(names()).toEqual(['ann', 'bob']);
    await authenticate(auth, signed());
    expect(names()).toEqual(['ann', 'bob', 'mum']);
  });

  it('may have grants, under any name', async () => {
    const withGrant = async (auth: Authenticator) => {
      await auth.grants.prepare();
      const upload = { provider: gemini.name, path: '/upload/v1beta/files', query: '?upload_id=1' };
      return auth.grants.withGrant(upload, 'mum');
    };
    expect(await withGrant(makeAuth({ tokenSecrets: [SECRET] }))).toContain('proxy-grant=mum.');
    expect(await withGrant(makeAuth())).toBe('?upload_id=1');
  });
});

it.each<[string, KnownToken, string | undefined]>([
  ['a static one', { name: 'ann', id: 'ann' }, undefined],
  ['a static one of a revoked name', { name: 'mum', id: 'mum' }, undefined],
  ['one that expires later', { name: 'dad', id: 'dad~t1', issuedAt: 1, expiresAt: NOW_S + 1 }, undefined],
  ['one that expires now', { name: 'dad', id: 'dad~t1', issuedAt: 1, expiresAt: NOW_S }, 'token-expired'],
  ['a static one that has expired', { name: 'ann', id: 'ann', expiresAt: NOW_S - 1 }, 'token-expired'],
  ['a revoked name', { name: 'mum', id: 'mum~t1', issuedAt: 1, expiresAt: NOW_S + 1 }, 'token-revoked'],
  ['a revoked one', { name: 'kid', id: 'kid~t7', issuedAt: 7 }, 'token-revoked'],
  ['another of that name', { name: 'kid', id: 'kid~t8', issuedAt: 8 }, undefined],
])('of a token that was valid, %s: %s', (_what, token, end) => {
  const revokedTokens = [{ name: 'mum' }, { name: 'kid', issuedAt: 7 }];
  const auth = makeAuth({ tokenSecrets: ['a-secret-of-the-tests-0123456789-0123'], revokedTokens });
  expect(auth.endOf(token)).toBe(end);
  expect(makeAuth().endOf({ ...token, expiresAt: undefined })).toBeUndefined();
});
