import { parseTable } from '../../../src/config/file/parse-table';
import { readConfig, type ConfigError } from '../../../src/config/read-config';
import { VARIABLES } from '../../../src/config/variables';
import { JsonBody } from '../../../src/json/json-body';
import { applyRules, type BodyFormat } from '../../../src/transforms/rule';

const { parse: requestRules } = VARIABLES.requestRules;

function rulesOf(text: string) {
  const result = requestRules(text);
  if ('problem' in result) throw new Error(result.problem);
  return result.value;
}

function changed(text: string, body: string, format: BodyFormat): string {
  return applyRules(new JsonBody(Buffer.from(body)), rulesOf(text), format, () => undefined).bytes.toString();
}

function problemOf(text: string): string {
  const result = requestRules(text);
  return 'problem' in result ? result.problem : 'none';
}

const rule = (fields: object) => JSON.stringify([fields]);

describe('a table of rules', () => {
  it('is the same in a configuration file and in JSON, with the types of its values', () => {
    const { variables, problems } = parseTable(
      `REQUEST_RULES:
  - name: kid
    token: 12
    model: [o3*, gpt-5]
    default: { max_tokens: 4096, store: no, user: "7", stop: null, top: [1.5, { a: true }] }
    max-tokens: 4096
  - { provider: openai, drop: temperature, add-headers: { x-team: 42 } }`,
      'config/a.yaml',
    );
    expect(problems).toEqual([]);
    expect(JSON.parse(variables?.['REQUEST_RULES'] ?? '')).toEqual([
      {
        name: 'kid',
        token: 12,
        model: ['o3*', 'gpt-5'],
        default: { max_tokens: 4096, store: 'no', user: '7', stop: null, top: [1.5, { a: true }] },
        'max-tokens': 4096,
      },
      { provider: 'openai', drop: 'temperature', 'add-headers': { 'x-team': 42 } },
    ]);
    const [first, second] = rulesOf(variables?.['REQUEST_RULES'] ?? '');
    expect(first).toMatchObject({ name: 'kid', tokens: ['12'], providers: undefined });
    expect(first?.models?.map((matches) => matches('o3-mini'))).toEqual([true, false]);
    expect(second).toMatchObject({ name: 'rule-2', providers: ['openai'], models: undefined });
    expect(second?.headers?.added).toEqual([['x-team', '42']]);
  });

  it('changes bodies in one order, whatever the order of its fields', () => {
    const all = {
      'max-tokens': 100,
      default: { max_tokens: 500 },
      set: { n: 1 },
      drop: ['max_completion_tokens'],
    };
    const body = '{"max_completion_tokens":9}';
    expect(changed(rule(all), body, 'responses')).toBe('{"n":1,"max_tokens":100}');
  });

  it.each([
    ['chat', '{"messages":[2,1]}'],
    ['messages', '{"messages":[2,1]}'],
    ['responses', undefined],
    ['gemini', undefined],
  ] as const)('moves a system message where %s has messages', (format, moved) => {
    const messages = '{"messages":[1,2]}'.replace('1', '{"role":"system"}').replace('2', '{"role":"user"}');
    const expected = moved?.replace('1', '{"role":"system"}').replace('2', '{"role":"user"}');
    const more = (text: string) => text.replace(']', ',{"role":"user"}]');
    expect(changed(rule({ 'move-system-message': 1 }), more(messages), format)).toBe(
      more(expected ?? messages),
    );
  });

  it('is empty if it is not set', () => {
    expect(rulesOf('')).toEqual([]);
    expect(rulesOf('[]')).toEqual([]);
  });
});

describe('a mistake in a rule is a problem', () => {
  it.each([
    ['no JSON', 'model=o3', 'must be a list of rules'],
    ['no list', '{"drop":"a"}', 'must be a list of rules'],
    ['too many', JSON.stringify(Array.from({ length: 101 }, () => ({ drop: 'a' }))), 'at most 100 rules'],
    ['no table', '["a"]', 'rule 1 must be a table'],
    ['nothing to do', rule({ model: 'o3' }), 'rule 1 does nothing'],
    ['an unknown field', rule({ drop: 'a', modle: 'b' }), 'rule 1 has a field that no rule has'],
    ['a wrong name', rule({ name: 'a b', drop: 'a' }), 'has a wrong name'],
    ['a wrong provider', rule({ provider: 'Open AI', drop: 'a' }), 'has a wrong provider'],
    ['no provider', rule({ provider: [], drop: 'a' }), 'has a wrong provider'],
    ['a wrong model', rule({ model: ['o3', ' '], drop: 'a' }), 'has a wrong model'],
    ['a wrong token', rule({ token: { a: 1 }, drop: 'a' }), 'has a wrong token'],
    ['a name of no member', rule({ drop: [''] }), 'has a wrong drop'],
    ['no values', rule({ set: {} }), 'has a wrong set'],
    ['values in a list', rule({ default: ['a'] }), 'has a wrong default'],
    ['a limit that is no number', rule({ 'max-tokens': 'many' }), 'has a wrong max-tokens'],
    ['a limit of nothing', rule({ 'max-tokens': 0 }), 'has a wrong max-tokens'],
    ['two limits', rule({ 'max-tokens': [1, 2] }), 'has a wrong max-tokens'],
    ['a wrong cache', rule({ 'prompt-cache': true }), 'must be one of: 5m, 1h'],
    ['a wrong position', rule({ 'move-system-message': 100 }), 'has a wrong move-system-message'],
    ['another model', rule({ set: { model: 'a' } }), 'Use MODEL_ROUTES'],
    ['no model', rule({ drop: 'model' }), 'Use MODEL_ROUTES'],
    ['a stream', rule({ default: { stream: true } }), 'changes model, models, stream'],
    ['one member twice', rule({ set: { a: 1 }, drop: 'a' }), 'the same member twice'],
    ['one name twice', '[{"name":"a","drop":"b"},{"name":"a","drop":"c"}]', 'rule 2 has the name of another'],
    [
      'a name that another has by itself',
      '[{"name":"rule-2","drop":"b"},{"drop":"c"}]',
      'rule 2 has the name',
    ],
  ])('%s', (_what, text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });

  it.each([
    ...[
      'authorization',
      'X-Api-Key',
      'cookie',
      'Host',
      'content-length',
      'connection',
      'TE',
      'transfer-encoding',
    ],
    ...['content-type', 'content-encoding', 'accept-encoding', 'x-forwarded-for', 'X-Proxy-Request-Id'],
  ])('a change of the header %s', (name) => {
    const problem = 'changes a header that rules cannot change';
    expect(problemOf(rule({ 'add-headers': { [name]: 'a' } }))).toContain(problem);
    expect(problemOf(rule({ 'drop-headers': name }))).toContain(problem);
  });

  it.each(['helicone-auth', 'x-portkey-api-key', 'X-Secret-Token', 'token'])('a secret in %s', (name) => {
    expect(problemOf(rule({ 'add-headers': { [name]: 'a' } }))).toContain('is one of a secret');
    expect(problemOf(rule({ 'drop-headers': name }))).toBe('none');
  });

  it.each([
    ['a name with a space', { 'x a': 'b' }],
    ['two lines', { 'x-a': 'b\r\nx-c: d' }],
    ['what no header can have', { 'x-a': '你好' }],
    ['an empty value', { 'x-a': '' }],
    ['a list', { 'x-a': ['b'] }],
  ])('a header with %s', (_what, headers) => {
    expect(problemOf(rule({ 'add-headers': headers }))).toContain('wrong add-headers');
  });

  it('is reported with all others, and without any value', () => {
    const secret = 'tok-planted-1-0123456789!';
    const problem = problemOf(
      JSON.stringify([
        { token: secret, set: 1 },
        { [secret]: 1, drop: secret, model: '' },
      ]),
    );
    expect(problem.match(/rule \d/g)).toEqual(['rule 1', 'rule 1', 'rule 2', 'rule 2']);
    expect(problem).not.toContain(secret);
  });
});

describe('a rule for what this proxy does not have stops the start', () => {
  const start = (rules: object, environment: Record<string, string> = {}) => {
    try {
      readConfig({ REQUEST_RULES: rule({ drop: 'a', ...rules }), ...environment });
      return [];
    } catch (error) {
      return (error as ConfigError).problems;
    }
  };
  const TOKENS = { ACCESS_TOKENS: 'mum:tok-planted-1-0123456789' };

  it('a provider', () => {
    expect(start({ provider: ['openai', 'nobody'] })).toEqual([
      expect.stringContaining(
        'REQUEST_RULES has a rule for a provider that this proxy does not have (rule 1)',
      ),
    ]);
    expect(start({ provider: 'mine' }, { PROVIDERS: 'mine=https://llm.example.com/v1' })).toEqual([]);
  });

  it('a token, unless it may be a signed one, or tokens are in another place', () => {
    expect(start({ token: ['mum', 'dad'] }, TOKENS)).toEqual([
      expect.stringContaining('REQUEST_RULES has a rule for a token that is not in ACCESS_TOKENS (rule 1)'),
    ]);
    expect(start({ token: 'mum' }, TOKENS)).toEqual([]);
    expect(start({ token: 'dad' }, { ...TOKENS, TOKEN_SECRET: 's'.repeat(32) })).toEqual([]);
    expect(start({ token: 'dad' })).toEqual([]);
  });
});
