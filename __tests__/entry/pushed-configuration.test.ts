import { sealTable, type PushedTable } from '../../src/config/pushed-table';
import { ConfigError, type Config } from '../../src/config/read-config';
import { PushedConfiguration } from '../../src/entry/pushed-configuration';
import { createLogger } from '../../src/log/logger';

const SECRET = 'a-secret-of-the-tests-0123456789-0123';
const ENVIRONMENT = { CONFIG_SECRET: SECRET, REDIS_URL: 'redis://127.0.0.1', IDLE_TIMEOUT: '1111' };
const PACKAGED = {
  OPENAI_API_KEYS: 'sk-packaged-0123456789',
  ACCESS_TOKENS: 'old:a-token-0123456789',
  TIMEOUT: '2222',
};
const PUSHED = { OPENAI_API_KEYS: 'sk-pushed-0123456789', ACCESS_TOKENS: 'new:b-token-0123456789' };
const BAD = 'the pushed configuration has problems; the configuration stays as it was';

function start() {
  const configuration = new PushedConfiguration(ENVIRONMENT, PACKAGED, SECRET);
  const config = configuration.read();
  const replaced: Config[] = [];
  const log: Record<string, unknown>[] = [];
  const logger = createLogger((line) => line, {
    write: (line) => log.push(JSON.parse(line) as Record<string, unknown>),
  });
  const known = configuration.follow({
    app: { replace: (next) => Promise.resolve(void replaced.push(next)) },
    logger,
  });
  const { follower } = configuration;
  const read = (sealed: string | undefined, packages = [follower.packageId]) => {
    follower.onRead({ sealed, packages });
  };
  const push = (table: Partial<PushedTable>, packages?: string[]) => {
    const whole = { variables: PUSHED, packages: [follower.packageId], pushedMs: 1_000, ...table };
    read(sealTable(whole, SECRET), packages);
  };
  return { config, replaced, log, known, follower, read, push };
}

describe('A configuration that is pushed', () => {
  it('takes the place of the packaged one as a whole, below the environment', () => {
    const { config, replaced, log, push } = start();
    expect(config).toMatchObject({ timeoutMs: 2222, idleTimeoutMs: 1111 });
    push({ variables: { ...PUSHED, IDLE_TIMEOUT: '3333' } });
    expect(replaced).toMatchObject([
      { accessTokens: [{ name: 'new' }], timeoutMs: 600_000, idleTimeoutMs: 1111 },
    ]);
    expect(log).toMatchObject([
      { msg: 'configuration taken over', changed: ['OPENAI_API_KEYS', 'ACCESS_TOKENS', 'TIMEOUT'] },
    ]);
    expect(JSON.stringify(log)).not.toMatch(/-token-|sk-/);
  });

  it('is kept out if it has a problem, with all of them, and the next one is taken over', () => {
    const { replaced, log, push } = start();
    push({ variables: { ...PUSHED, TIMEOUT: 'planted', TIMOUT: 'planted', CONFIG_FILE: '/planted' } });
    expect(replaced).toEqual([]);
    expect(log).toMatchObject([{ level: 'error', msg: BAD }]);
    expect(log[0]?.['problems']).toEqual([
      expect.stringContaining('TIMOUT in the configuration file'),
      expect.stringContaining('TIMEOUT must'),
      expect.stringContaining('CONFIG_FILE'),
    ]);
    expect(JSON.stringify(log)).not.toContain('planted');
    push({ pushedMs: 1 });
    expect(replaced).toHaveLength(1);
  });

  it.each([
    ['was not sealed', 'planted'],
    [
      'was sealed with another secret',
      sealTable({ variables: PUSHED, packages: [], pushedMs: 1 }, `${SECRET}4`),
    ],
  ])('is kept out if it %s, which is said once', (_what, sealed) => {
    const { replaced, log, read } = start();
    read(sealed);
    read(sealed);
    expect(replaced).toEqual([]);
    expect(log).toMatchObject([
      { level: 'error', msg: BAD, problems: [expect.stringContaining('CONFIG_SECRET')] },
    ]);
  });

  it('is kept out if it is older than the one in effect', () => {
    const { replaced, log, push } = start();
    push({ pushedMs: 2_000 });
    push({ pushedMs: 1_999, variables: { ...PUSHED, TIMEOUT: '1' } });
    expect(replaced).toHaveLength(1);
    expect(log.at(-1)).toMatchObject({ msg: BAD, problems: [expect.stringContaining('older')] });
  });

  it.each([
    ['another package was deployed after it', ['own'], ['own', 'later']],
    ['an earlier package was deployed again after it, and others between', ['own'], ['between', 'own']],
    ['this package was deployed after it', ['another'], ['another', 'own']],
  ])('is not used if %s', (_what, when, now) => {
    const { replaced, log, push, follower } = start();
    const ids = (names: readonly string[]) =>
      names.map((name) => (name === 'own' ? follower.packageId : name));
    push({ packages: ids(when) }, ids(now));
    expect(replaced).toEqual([]);
    expect(log).toMatchObject([
      { level: 'info', msg: expect.stringContaining('older than the last deployment') as string },
    ]);
  });

  it('cannot change what is decided at the start, and says so', () => {
    const { log, push, replaced } = start();
    push({
      variables: { ...PUSHED, REDIS_URL: 'redis://other', CONFIG_SECRET: `${SECRET}4`, WEBSOCKETS: 'off' },
    });
    // The environment is preferred for two of them.
    expect(log).toMatchObject([{ need_restart: ['WEBSOCKETS'] }]);
    expect(replaced).toMatchObject([
      { webSockets: true, redisUrl: 'redis://127.0.0.1', configSecret: SECRET },
    ]);
  });

  it.each<[string, (started: ReturnType<typeof start>) => void]>([
    [
      'nothing was pushed',
      ({ read }) => {
        read(undefined);
      },
    ],
    [
      'something was pushed',
      ({ push }) => {
        push({});
      },
    ],
    [
      'Redis has too much',
      ({ follower }) => {
        follower.onTooLarge();
      },
    ],
    [
      'Redis cannot be reached',
      ({ follower }) => {
        follower.onLost();
      },
    ],
    [
      'Redis does not say so within a second',
      () => {
        jest.advanceTimersByTime(1_000);
      },
    ],
  ])('is waited for before the first request until %s', async (_what, act) => {
    jest.useFakeTimers();
    const started = start();
    let isKnown = false;
    void started.known.then(() => (isKnown = true));
    await Promise.resolve();
    expect(isKnown).toBe(false);
    act(started);
    await started.known;
    jest.useRealTimers();
  });

  it('is no way to start with a packaged one that has a problem', () => {
    const packaged = { ...PACKAGED, TIMEOUT: 'x' };
    expect(() => new PushedConfiguration(ENVIRONMENT, packaged, SECRET).read()).toThrow(ConfigError);
  });
});
