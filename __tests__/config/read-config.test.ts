import type { Environment } from '../../src/config/effective-value';
import { ConfigError, readConfig, secretsOf } from '../../src/config/read-config';
import { variableRows } from '../../src/config/provider-variables';
import { anthropic } from '../../src/providers/anthropic';
import { openai } from '../../src/providers/openai';

function problemsOf(environment: Environment): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('readConfig', () => {
  it('has a working default for everything', () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      port: 9000,
      defaultProvider: openai,
      stagePrefixes: ['release', 'test', 'prepub'],
      connectTimeoutMs: 10_000,
      timeoutMs: 600_000,
      idleTimeoutMs: 300_000,
      maxBodyBytes: 50 * 1024 * 1024,
      corsOrigins: '*',
    });
    expect(config.upstreams.get(openai)).toEqual({
      protocol: 'https:',
      hostname: 'api.openai.com',
      port: 443,
      host: 'api.openai.com',
      pathPrefix: '',
      replacesV1: false,
    });
    expect(config.upstreams.get(anthropic)?.host).toBe('api.anthropic.com');
  });

  it('treats an empty variable as not set', () => {
    expect(readConfig({ PORT: '', TIMEOUT: ' ' })).toMatchObject({ port: 9000, timeoutMs: 600_000 });
  });

  it.each([
    ['https://api.example.com/', { protocol: 'https:', port: 443, host: 'api.example.com', pathPrefix: '' }],
    [
      'https://api.example.com:8443/openai/',
      { port: 8443, host: 'api.example.com:8443', pathPrefix: '/openai' },
    ],
    ['http://127.0.0.1:8080', { protocol: 'http:', port: 8080, host: '127.0.0.1:8080' }],
    ['http://[::1]:8080/x', { hostname: '::1', port: 8080, pathPrefix: '/x' }],
    ['http://ollama:11434', { hostname: 'ollama' }],
    ['http://host.docker.internal', { port: 80 }],
  ])('accepts the upstream %s', (text, expected) => {
    expect(readConfig({ OPENAI_UPSTREAM: text }).upstreams.get(openai)).toMatchObject(expected);
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '90x'],
    ['TIMEOUT', '0'],
    ['TIMEOUT', '1e3'],
    ['TIMEOUT', '10s'],
    ['DEFAULT_PROVIDER', 'OpenAI'],
    ['STAGE_PREFIXES', 'release,/test'],
    ['CORS_ORIGINS', 'https://a.example,*'],
    ['CORS_ORIGINS', 'https://a.example/'],
    ['CORS_ORIGINS', 'a.example'],
    ['MESSAGE_TRANSFORMS', 'move-system-message:0'],
    ['MESSAGE_TRANSFORMS', 'unknown:3'],
    ['OPENAI_UPSTREAM', 'api.openai.com'],
    ['OPENAI_UPSTREAM', 'http://api.openai.com'],
    ['OPENAI_UPSTREAM', 'http://8.8.8.8'],
    ['OPENAI_UPSTREAM', 'https://user:secret@api.openai.com'],
    ['ANTHROPIC_UPSTREAM', 'https://api.anthropic.com/?x=1'],
    ['ANTHROPIC_UPSTREAM', 'ftp://api.anthropic.com'],
    ['ANTHROPIC_UPSTREAM', 'https://'],
  ])('rejects %s=%s, and names the variable but not the value', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} must`));
    expect(problems[0]?.split(/[\s,]+|\.$/)).not.toContain(value);
  });

  it.each([
    ['OPENAI_UPSTREM', 'OPENAI_UPSTREAM'],
    ['OPENAI_UPSTREAMS', 'OPENAI_UPSTREAM'],
    ['OPENAI_UPSTREAM_URL', 'OPENAI_UPSTREAM'],
    ['openai_upstream', 'OPENAI_UPSTREAM'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['STAGE_PREFIX', 'STAGE_PREFIXES'],
    ['TIMEOUT_MS', 'TIMEOUT'],
    ['TIMEUOT', 'TIMEOUT'],
    ['IDLE-TIMEOUT', 'IDLE_TIMEOUT'],
    ['MAX_BODY_BYTE', 'MAX_BODY_BYTES'],
    ['MESSAGE_TRANSFORM', 'MESSAGE_TRANSFORMS'],
    ['port', 'PORT'],
  ])('recognises %s as a misspelling of %s', (name, meant) => {
    expect(problemsOf({ [name]: '1' })).toEqual([expect.stringContaining(`Did you mean ${meant}?`)]);
  });

  it('ignores the variables of other programs', () => {
    const others = [
      'PATH',
      'HOME',
      'TMOUT',
      'POST',
      'PUBLIC',
      'SCF_RUNTIME',
      'TENCENTCLOUD_REGION',
      'OPENAI_BASE_URL',
      'OPENAI_ORG_ID',
      'ANTHROPIC_BASE_URL',
      'NODE_OPTIONS',
      'HTTP_TIMEOUT',
      'npm_config_prefix',
    ];
    expect(problemsOf(Object.fromEntries(others.map((name) => [name, '1'])))).toEqual([]);
  });

  it('reports all problems at once', () => {
    expect(problemsOf({ PORT: 'x', TIMEOUT: 'x', CORS_ORIGIN: 'x', OPENAI_UPSTREAM: 'x' })).toHaveLength(4);
  });

  it.each([
    [{ PROVIDERS: 'Mine=https://x.example/v1' }, 'PROVIDERS must'],
    [{ PROVIDERS: 'mine' }, 'PROVIDERS must'],
    [{ PROVIDERS: 'mine=ftp://x.example' }, 'PROVIDERS has an entry, mine, whose base URL must'],
    [{ PROVIDERS: 'mine=http://x.example/v1' }, 'PROVIDERS has an entry, mine, whose base URL must be https'],
    [{ PROVIDERS: 'mine=https://a.example,mine=https://b.example' }, 'PROVIDERS has the same name twice'],
    [{ PROVIDERS: 'groq=https://x.example/v1' }, 'PROVIDERS has an entry, groq, whose name is taken'],
    [{ PROVIDERS: 'openai=https://x.example/v1' }, 'PROVIDERS has an entry, openai, whose name is taken'],
    [{ PROVIDERS: 'models=https://x.example/v1' }, 'PROVIDERS has an entry, models, whose name is taken'],
    [{ PROVIDERS: 'release=https://x.example/v1' }, 'PROVIDERS has an entry, release, whose name is taken'],
    [{ PROVIDERS: 'mine=http://127.0.0.1:11434/v1' }, 'ALLOW_PRIVATE_PROVIDERS=true'],
    [{ PROVIDERS: 'mine=https://10.0.0.7/v1' }, 'ALLOW_PRIVATE_PROVIDERS=true'],
    [{ PROVIDERS: 'mine=http://ollama:11434/v1' }, 'ALLOW_PRIVATE_PROVIDERS=true'],
    [{ PROVIDERS: 'mine=https://x.example/v1', MINE_API_KEYZ: 'k' }, 'Did you mean MINE_API_KEYS?'],
    [{ PROVIDERS: 'mistral=https://x.example/v4' }, 'Remove the entry, and keep its keys as they are'],
    [
      { PROVIDERS: 'mine=https://x.example/v1;anthropic=http://127.0.0.1:9' },
      'PROVIDERS has an entry, mine, at an address of this machine',
    ],
    [{ PROVIDERS: 'mine=x', MINE_API_KEYS: 'k', ALLOW_ANONYMOUS: 'true' }, 'mine, whose base URL must'],
    [
      { MODEL_ROUTES: 'a*=groq,ab=groq', GROQ_API_KEYS: 'k', ALLOW_ANONYMOUS: 'true' },
      'MODEL_ROUTES has a line for ab that no request can reach',
    ],
    [
      { MODEL_ROUTES: 'ab=groq,ab=groq/x', GROQ_API_KEYS: 'k', ALLOW_ANONYMOUS: 'true' },
      'MODEL_ROUTES has two lines for ab',
    ],
    [{ MODEL_ROUTES: 'fast' }, 'MODEL_ROUTES must'],
    [{ MODEL_ROUTES: 'fast=groq/a b' }, 'MODEL_ROUTES must'],
    [{ MODEL_ROUTES: 'fast=nosuch' }, 'MODEL_ROUTES names nosuch, which is not a provider of this proxy'],
    [
      { MODEL_ROUTES: 'fast=groq' },
      'MODEL_ROUTES names groq, for which the server has no keys. Set GROQ_API_KEYS',
    ],
    [{ AZURE_API_KEYS: 'k', ALLOW_ANONYMOUS: 'true' }, 'AZURE_API_KEYS needs AZURE_UPSTREAM'],
    [{ DEFAULT_PROVIDER: 'azure' }, 'DEFAULT_PROVIDER must be one of'],
    [{ ADMIN_TOKEN: 'fifteen-letters' }, 'ADMIN_TOKEN must have at least 16 characters'],
    [{ HEARTBEAT_AFTER: '-1' }, 'HEARTBEAT_AFTER must'],
    [{ WEBSOCKETS: 'maybe' }, 'WEBSOCKETS must'],
    [
      { ALLOWED_HOSTS: 'https://llm.example.com' },
      'ALLOWED_HOSTS must be a comma-separated list of host names',
    ],
    [{ HTTP2_AFTER: 'never' }, 'HTTP2_AFTER must be off or'],
  ])('rejects %j', (environment, problem) => {
    expect(problemsOf(environment)).toEqual([expect.stringContaining(problem)]);
  });

  it('accepts the user’s own providers, with variables of their own', () => {
    const { providers, upstreams, apiKeys, defaultProvider } = readConfig({
      PROVIDERS: 'glm=https://open.example/api/paas/v4, local=http://127.0.0.1:11434/v1',
      ALLOW_PRIVATE_PROVIDERS: 'true',
      GLM_API_KEY: 'k1,k2',
      DEFAULT_PROVIDER: 'local',
      ALLOW_ANONYMOUS: 'true',
    });
    const glm = providers.named('glm');
    expect(glm && upstreams.get(glm)).toMatchObject({ pathPrefix: '/api/paas/v4', replacesV1: true });
    expect(glm && apiKeys.get(glm)).toHaveLength(2);
    expect(defaultProvider.name).toBe('local');
    expect(providers.named('azure')).toBeUndefined();
  });

  it('reports every problem of PROVIDERS on a line of its own', () => {
    expect(problemsOf({ PROVIDERS: 'a1=x,b2=https://x.example/v1;anthropic=x;responses=x' })).toEqual([
      expect.stringMatching(/^PROVIDERS has an entry, a1, whose base URL must/),
      expect.stringMatching(/^PROVIDERS has an entry, b2, whose address of "anthropic" must/),
      expect.stringMatching(/^PROVIDERS has an entry, b2, whose address of "responses" must/),
    ]);
  });

  it('warns of a base URL without a version, and accepts it', () => {
    expect(readConfig({ PROVIDERS: 'mine=https://x.example' }).warnings).toEqual([
      expect.stringMatching(/^PROVIDERS has an entry, mine, whose base URL has no version/),
    ]);
    expect(readConfig({ PROVIDERS: 'mine=https://x.example/v1' }).warnings).toEqual([]);
  });

  it('describes every variable', () => {
    for (const row of variableRows()) expect(row.about).toMatch(/^(?:ms|[A-Z`]).*\.$/s);
  });

  describe('keys and tokens', () => {
    const good = {
      ACCESS_TOKENS: 'laptop:tok-1-0123456789,phone:tok-2-0123456789',
      OPENAI_API_KEYS: 'sk-a|sk-b*3,\nsk-c',
      ANTHROPIC_API_KEY: 'sk-ant-1',
    };

    it('are read in every form', () => {
      const config = readConfig(good);
      expect(config.accessTokens).toEqual([
        { name: 'laptop', token: 'tok-1-0123456789' },
        { name: 'phone', token: 'tok-2-0123456789' },
      ]);
      expect(config.apiKeys.get(openai)).toEqual([
        { key: 'sk-a', weight: 1 },
        { key: 'sk-b', weight: 3 },
        { key: 'sk-c', weight: 1 },
      ]);
      expect(config.apiKeys.get(anthropic)).toEqual([{ key: 'sk-ant-1', weight: 1 }]);
      expect(
        readConfig({ ACCESS_TOKENS: 'tok-1-0123456789,tok-2-0123456789' }).accessTokens.map(
          ({ name }) => name,
        ),
      ).toEqual(['token-1', 'token-2']);
    });

    it('takes a list of revoked tokens, and a secret for signed ones in place of ACCESS_TOKENS', () => {
      const config = readConfig({
        OPENAI_API_KEYS: 'sk-a',
        TOKEN_SECRET: `${'n'.repeat(32)}, ${'o'.repeat(40)}`,
        REVOKED_TOKENS: 'mum,dad~t5k2x9,before:2026-11-29T12:00:00Z',
      });
      expect(config.tokenSecrets).toEqual(['n'.repeat(32), 'o'.repeat(40)]);
      expect(config.revokedTokens).toEqual([
        { name: 'mum', issuedAt: undefined },
        { name: 'dad', issuedAt: parseInt('5k2x9', 36) },
        { before: 1_795_953_600 },
      ]);
      expect(secretsOf(config)).toEqual(expect.arrayContaining(['n'.repeat(32), 'o'.repeat(40)]));
    });

    it.each([
      [{ OPENAI_API_KEYS: 'sk-a' }, /^ACCESS_TOKENS must be set .* ALLOW_ANONYMOUS=true\.$/],
      [{ ANTHROPIC_API_KEY: 'sk-a' }, /^ACCESS_TOKENS must be set/],
      [{ ACCESS_TOKENS: 'a/b' }, /^ACCESS_TOKENS must be/],
      [{ ACCESS_TOKENS: 'laptop:' }, /^ACCESS_TOKENS must be/],
      [
        { ACCESS_TOKENS: 'me:tok-1-0123456789,fifteen-letters,ann:short' },
        /^ACCESS_TOKENS has a token of fewer than 16 characters, which can be guessed \(in the list: number 2, 3\)\. Make a good one with: npm run token$/,
      ],
      [{ ACCESS_TOKENS: 'a:tok-1-0123456789,b:tok-1-0123456789' }, /^ACCESS_TOKENS has the same token twice/],
      [{ ACCESS_TOKENS: 'a:tok-1-0123456789,a:tok-2-0123456789' }, /^ACCESS_TOKENS has the same name twice/],
      [{ CONFIG_SECRET: 'abc' }, /^CONFIG_SECRET must be one secret of at least 32 characters/],
      [{ CONFIG_SECRET: `${'x'.repeat(32)},${'y'.repeat(32)}` }, /^CONFIG_SECRET must be one secret/],
      [{ CONFIG_SECRET: 'x'.repeat(32) }, /^CONFIG_SECRET needs REDIS_URL/],
      [
        { CONFIG_SECRET: 'x'.repeat(32), REDIS_URL: 'redis://127.0.0.1', CONFIG_FILE: 'proxy.yaml' },
        /^CONFIG_SECRET and CONFIG_FILE are two ways/,
      ],
      [{ TOKEN_SECRET: 'abc' }, /^TOKEN_SECRET must be one secret of at least 32 characters/],
      [{ TOKEN_SECRET: `${'x'.repeat(32)},abc` }, /^TOKEN_SECRET must be/],
      [{ TOKEN_SECRET: `${'x'.repeat(31)} ${'x'.repeat(31)}` }, /^TOKEN_SECRET must be/],
      [{ REVOKED_TOKENS: 'mum,a b' }, /^REVOKED_TOKENS must be a comma-separated list/],
      [{ REVOKED_TOKENS: 'mum~x5' }, /^REVOKED_TOKENS must be/],
      [{ REVOKED_TOKENS: 'before:yesterday' }, /^REVOKED_TOKENS must be/],
      [{ REVOKED_TOKENS: 'before:2026-13-45T00:00:00Z' }, /^REVOKED_TOKENS must be/],
      [{ ACCESS_TOKENS: 'submit_tool_outputs' }, /^ACCESS_TOKENS has a token that is also a segment/],
      [
        { ACCESS_TOKENS: 'me:providerofmyownname', PROVIDERS: 'providerofmyownname=https://api.example' },
        /^ACCESS_TOKENS has a token that is also a segment/,
      ],
      [
        { ACCESS_TOKENS: 'a-stage-of-my-own', STAGE_PREFIXES: 'a-stage-of-my-own' },
        /^ACCESS_TOKENS has a token that is also a segment/,
      ],
      [
        { ACCESS_TOKENS: 'tok-1-0123456789', ADMIN_TOKEN: 'tok-1-0123456789' },
        /^ADMIN_TOKEN must not be one of/,
      ],
      [{ ...good, OPENAI_API_KEYS: 'sk-a*0' }, /^OPENAI_API_KEYS must be/],
      [{ ...good, OPENAI_API_KEYS: 'sk-a*101' }, /^OPENAI_API_KEYS must be/],
      [{ ...good, OPENAI_API_KEYS: 'sk a' }, /^OPENAI_API_KEYS must be/],
      [{ ...good, OPENAI_API_KEYS: 'sk-a,sk-a' }, /^OPENAI_API_KEYS has the same key twice/],
      [{ KEY_STRATEGY: 'random' }, /^KEY_STRATEGY must be one of: round-robin, affinity\.$/],
      [{ REDIS_URL: 'localhost:6379' }, /^REDIS_URL must begin/],
      [{ REDIS_URL: 'redis://:pass/word@h:6379' }, /^REDIS_URL must have the form/],
      [{ ADMIN_TOKEN: '‘adm-0123456789-01’' }, /^ADMIN_TOKEN must be of letters/],
      [{ METRICS_TOKEN: 'met-01234567\n89-01' }, /^METRICS_TOKEN must be of letters/],
      [{ ALLOW_ANONYMOUS: 'maybe' }, /^ALLOW_ANONYMOUS must be true or false\.$/],
    ])('are rejected in %j', (environment, problem) => {
      const problems = problemsOf(environment);
      expect(problems).toEqual([expect.stringMatching(problem)]);
    });

    it('may be open to all only on purpose', () => {
      expect(problemsOf({ OPENAI_API_KEYS: 'sk-a', ALLOW_ANONYMOUS: 'true' })).toEqual([]);
    });

    it('are anonymous only if there are keys and no tokens, and then `*` lists no origin', () => {
      const anonymous = { OPENAI_API_KEYS: 'sk-a', ALLOW_ANONYMOUS: 'true' };
      expect(readConfig(anonymous)).toMatchObject({ anonymous: true, corsOrigins: [] });
      expect(readConfig({ ...anonymous, CORS_ORIGINS: 'https://a.example' })).toMatchObject({
        anonymous: true,
        corsOrigins: ['https://a.example'],
      });
      for (const other of [{}, good, { ...good, ALLOW_ANONYMOUS: 'true' }])
        expect(readConfig(other)).toMatchObject({ anonymous: false, corsOrigins: '*' });
    });

    it('are all named for the redaction', () => {
      const secrets = secretsOf(
        readConfig({ ...good, ADMIN_TOKEN: 'adm-0123456789-01', REDIS_URL: 'redis://u:p%40ss@h' }),
      );
      expect(secrets.sort()).toEqual([
        'adm-0123456789-01',
        'p%40ss',
        'p@ss',
        'redis://u:p%40ss@h',
        'sk-a',
        'sk-ant-1',
        'sk-b',
        'sk-c',
        'tok-1-0123456789',
        'tok-2-0123456789',
      ]);
    });
  });

  describe('a configuration file', () => {
    it('sets what the environment does not', () => {
      const config = readConfig({ TIMEOUT: '5', PORT: '' }, { TIMEOUT: '7', PORT: '8000' });
      expect(config).toMatchObject({ timeoutMs: 5, port: 8000 });
    });

    it('contains only the proxy’s variables', () => {
      try {
        readConfig({}, { TIMOUT: '7', PATH: 'x' });
        throw new Error('it was taken');
      } catch (error) {
        expect((error as ConfigError).problems).toEqual([
          'TIMOUT in the configuration file is not a variable of this proxy. Did you mean TIMEOUT?',
          'PATH in the configuration file is not a variable of this proxy. Remove it.',
        ]);
      }
    });
  });
});

describe('SISTER_URL', () => {
  it.each([
    ['https://1250000000-abc.ap-tokyo.tencentscf.com', { protocol: 'https:', port: 443 }],
    ['https://llm.example.com/tokyo/', { pathPrefix: '/tokyo' }],
    ['http://127.0.0.1:9001', { protocol: 'http:', port: 9001 }],
    ['http://localhost:9001', { hostname: 'localhost' }],
    ['http://[::1]:9001', { hostname: '::1' }],
  ])('accepts %s', (text, expected) => {
    expect(readConfig({ SISTER_URL: text }).sister).toMatchObject(expected);
  });

  it.each([
    ['ap-tokyo', [expect.stringMatching(/^SISTER_URL is a function in ap-tokyo, as this one is/)]],
    ['ap-singapore', []],
    [undefined, []],
  ])('for a function in Tokyo is judged in the region %s', (region, problems) => {
    const sister = { SISTER_URL: 'https://1250000000-abc.ap-tokyo.tencentscf.com' };
    expect(problemsOf({ ...sister, TENCENTCLOUD_REGION: region })).toEqual(problems);
  });

  it('is not set by default', () => {
    expect(readConfig({}).sister).toBeUndefined();
  });

  it.each([
    ['http://llm.example.com', /^SISTER_URL must be https/],
    ['http://10.0.0.7', /^SISTER_URL must be https/],
    ['http://ollama:11434', /^SISTER_URL must be https/],
    ['tokyo', /^SISTER_URL must be the https address of another deployment/],
    ['https://user:secret@llm.example.com', /^SISTER_URL must be the https address/],
    ['https://llm.example.com/?token=secret', /^SISTER_URL must be the https address/],
    ['http://127.0.0.1:9000', /^SISTER_URL is the address of this proxy itself/],
    ['http://localhost:9000/', /^SISTER_URL is the address of this proxy itself/],
  ])('rejects %s without repeating it', (text, problem) => {
    const problems = problemsOf({ SISTER_URL: text });
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(problems.join()).not.toContain('secret');
  });
});

it('takes an entry of PROVIDERS in place of a provider that was not built in before', () => {
  const environment = {
    PROVIDERS: 'zhipu=https://relay.example/api/paas/v4',
    ZHIPU_API_KEYS: 'k',
    ALLOW_ANONYMOUS: 'true',
  };
  const { providers, upstreams, apiKeys } = readConfig(environment);
  const zhipu = providers.named('zhipu');
  expect(providers.all.filter(({ name }) => name === 'zhipu')).toEqual([zhipu]);
  expect(zhipu && upstreams.get(zhipu)?.host).toBe('relay.example');
  expect(zhipu && apiKeys.get(zhipu)).toHaveLength(1);
});
