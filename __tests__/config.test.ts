import { ConfigError, readConfig, type Environment } from '../src/config';
import { variableRows } from '../src/config/variables';
import { anthropic } from '../src/providers/anthropic';
import { openai } from '../src/providers/openai';

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
    });
    expect(config.upstreams.get(anthropic)?.host).toBe('api.anthropic.com');
  });

  it('takes an empty variable for one that is not set', () => {
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
  ])('takes the upstream %s', (text, expected) => {
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
  ])('refuses %s=%s, and names the variable but not the value', (name, value) => {
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
  ])('takes %s for a misspelt %s', (name, meant) => {
    expect(problemsOf({ [name]: '1' })).toEqual([expect.stringContaining(`Did you mean ${meant}?`)]);
  });

  it('does not mind the variables of others', () => {
    const others = [
      'PATH',
      'HOME',
      'TMOUT',
      'POST',
      'HOST',
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

  it('tells all problems at once', () => {
    expect(problemsOf({ PORT: 'x', TIMEOUT: 'x', CORS_ORIGIN: 'x', OPENAI_UPSTREAM: 'x' })).toHaveLength(4);
  });

  it('describes every variable', () => {
    for (const row of variableRows()) expect(row.about).toMatch(/^(?:ms|[A-Z`]).*\.$/s);
  });
});
