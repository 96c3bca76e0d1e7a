import { RESTART_VARIABLES, FileConfiguration, type TakeOver } from '../../src/config/file-configuration';
import { parseTable } from '../../src/config/file/parse-table';
import { ConfigError } from '../../src/config/read-config';

const table = (text: string) => parseTable(text, 'CONFIG_FILE');
const KEYS = 'OPENAI_API_KEYS: sk-first-0123456789\nACCESS_TOKENS: token-0123456789abc\n';

function takeOver(text: string, first = KEYS, environment = {}, packaged = {}): TakeOver {
  return new FileConfiguration(environment, packaged, table(first)).takeOver(table(text));
}

describe('A new content of the configuration file', () => {
  it.each([
    ['no YAML', 'TIMEOUT: "planted', ['CONFIG_FILE is not valid YAML at line 1, column 18 (MISSING_CHAR)']],
    [
      'a tab as indent',
      'A:\n\tplanted: 1',
      ['CONFIG_FILE is not valid YAML at line 2, column 1 (TAB_AS_INDENT)'],
    ],
    ['a name twice', 'TIMEOUT: 1\nTIMEOUT: 2', ['CONFIG_FILE has a name twice: see line 2.']],
    ['an alias without anchor', 'ADMIN_TOKEN: *planted', ['CONFIG_FILE has an alias']],
    ['a list', '- planted', ['CONFIG_FILE must be a table of variables']],
    ['a text', 'planted', ['CONFIG_FILE must be a table of variables']],
    ['two documents', `${KEYS}---\nA: planted`, ['CONFIG_FILE is not valid YAML at line 3']],
    ['an unknown name', `${KEYS}TIMOUT: planted`, ['TIMOUT in the configuration file is not a variable']],
    [
      'several wrong values',
      `${KEYS}TIMEOUT: planted\nKEY_STRATEGY: planted\nPORT: planted`,
      ['PORT must be', 'KEY_STRATEGY must be', 'TIMEOUT must be'],
    ],
    ['keys without tokens', 'OPENAI_API_KEYS: planted-0123456789', ['ACCESS_TOKENS must be set when']],
  ])('that is %s is rejected as a whole, with the names and no value', (_what, text, beginnings) => {
    const taken = takeOver(text);
    const problems = taken.kind === 'rejected' ? taken.problems : [];
    expect(problems).toEqual(beginnings.map((one) => expect.stringContaining(one) as string));
    expect(problems.join('\n')).not.toContain('planted');
  });

  it.each([
    ['the same', KEYS, []],
    ['the same in another order', KEYS.split('\n').reverse().join('\n'), []],
    ['a default written out', `${KEYS}PORT: 9000\nKEY_STRATEGY: round-robin`, []],
    [
      'another key under the other name',
      KEYS.replace('KEYS: sk-first', 'KEY: sk-other'),
      ['OPENAI_API_KEYS'],
    ],
    ['one variable more', `${KEYS}IDLE_TIMEOUT: 1234`, ['IDLE_TIMEOUT']],
    ['no key any more', 'ACCESS_TOKENS: token-0123456789abc', ['OPENAI_API_KEYS']],
    [
      'a provider of one’s own, with keys',
      `${KEYS}PROVIDERS: mine=https://llm.example.com/v1\nMINE_API_KEYS: mk-0123456789`,
      ['MINE_API_KEYS', 'PROVIDERS'],
    ],
  ])('that is %s changes what differs in effect', (_what, text, changed) => {
    const taken = takeOver(text);
    expect(taken).toMatchObject({ kind: 'taken', needRestart: [] });
    if (taken.kind !== 'taken') return;
    expect([...taken.changed].sort()).toEqual([...changed].sort());
    expect(taken.config === undefined).toBe(changed.length === 0);
  });

  it.each([
    ['PORT', '1234'],
    ['REDIS_URL', 'redis://127.0.0.1'],
    ['WEBSOCKETS', 'off'],
    ['BODY_MEMORY', '8000000'],
  ])('keeps %s as it was at the start, says so, and checks it all the same', (name, value) => {
    const configuration = new FileConfiguration({}, {}, table(KEYS));
    const before = configuration.config;
    const taken = configuration.takeOver(table(`${KEYS}${name}: ${value}\nIDLE_TIMEOUT: 1234`));
    expect(taken).toMatchObject({ kind: 'taken', changed: ['IDLE_TIMEOUT'], needRestart: [name] });
    const config = taken.kind === 'taken' ? taken.config : undefined;
    expect(config).toMatchObject({
      port: before.port,
      redisUrl: before.redisUrl,
      webSockets: before.webSockets,
    });
    expect(config?.bodyMemoryBytes).toBe(before.bodyMemoryBytes);
    expect(configuration.takeOver(table(`${KEYS}${name}: "?"`))).toMatchObject({ kind: 'rejected' });
    expect(configuration.takeOver(table(KEYS))).toMatchObject({ changed: ['IDLE_TIMEOUT'], needRestart: [] });
  });

  it('is below the environment and above the packaged configuration, also under an alias', () => {
    const environment = { IDLE_TIMEOUT: '1111' };
    const packaged = { TIMEOUT: '2222', OPENAI_API_KEYS: 'sk-packaged-0123456789', IDLE_TIMEOUT: '3333' };
    const first =
      'OPENAI_API_KEY: sk-file-0123456789\nACCESS_TOKENS: token-0123456789abc\nIDLE_TIMEOUT: 4444\nTIMEOUT:';
    const { config } = new FileConfiguration(environment, packaged, table(first));
    expect(config).toMatchObject({ idleTimeoutMs: 1111, timeoutMs: 2222 });
    expect([...config.apiKeys.values()].flat().map(({ key }) => key)).toEqual(['sk-file-0123456789']);
  });
});

it('The variables that need a restart are these.', () => {
  expect(RESTART_VARIABLES).toEqual([
    'PORT',
    'REDIS_URL',
    'WEBSOCKETS',
    'PRICES',
    'CONFIG_SECRET',
    'BODY_MEMORY',
  ]);
});

it('A file with problems stops the start with all of them.', () => {
  expect(() => new FileConfiguration({}, {}, table('TIMEOUT: x\nPORT: y'))).toThrow(ConfigError);
});

it.each([
  [
    'a token of digits as it is written',
    'ADMIN_TOKEN: 012345678901234567890',
    { ADMIN_TOKEN: '012345678901234567890' },
  ],
  ['lists and tables', 'A: [a, b]\nB: { x: y }\nC:\n  - d', { A: 'a,b', B: 'x:y', C: 'd' }],
  ['tables in a table', 'A: { x: { y: 1, z: [a, b] }, w: }', { A: 'x: y=1 z=a,b; w: ' }],
  ['nothing as not set', 'A:\nB: null\nC: ~\nD: ""', { A: '', B: '', C: '', D: '' }],
  ['a file with a byte order mark', '\ufeffA: 1', { A: '1' }],
  ['a name that objects have', '__proto__: 1', JSON.parse('{"__proto__":"1"}') as object],
])('A configuration file gives %s.', (_what, text, variables) => {
  expect(table(text)).toEqual({ variables, problems: [] });
});
