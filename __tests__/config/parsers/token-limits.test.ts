import { parseTable } from '../../../src/config/file/parse-table';
import { tokenLimits, type StaticLimits } from '../../../src/config/parsers/token-limits';
import { ConfigError, readConfig } from '../../../src/config/read-config';

function limitsIn(text: string): Readonly<Record<string, StaticLimits>> {
  const result = tokenLimits(text);
  if ('problem' in result) throw new Error(result.problem);
  return Object.fromEntries(result.value);
}

function problemOf(text: string): string {
  const result = tokenLimits(text);
  return 'problem' in result ? result.problem : '';
}

/** What a configuration file makes of a table. */
const fromYaml = (yaml: string) => parseTable(yaml, 'config/a.yaml').variables?.['TOKEN_LIMITS'] ?? '';

const TOKENS = 'mum:a-token-of-mum-0123456789,dad:a-token-of-dad-0123456789';

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('TOKEN_LIMITS', () => {
  it.each<[string, object]>([
    ['usd=5/month', { money: { nanoUsd: 5e9, period: 'month' } }],
    ['usd=0.01', { money: { nanoUsd: 1e7, period: 'total' } }],
    ['rpm=20 tpm=1.5m concurrency=3', { requestsPerMinute: 20, tokensPerMinute: 1.5e6, concurrency: 3 }],
    [
      'models=gpt-5-mini,x/y:free providers=openai',
      { models: ['gpt-5-mini', 'x/y:free'], providers: ['openai'] },
    ],
    ['rpm=1000000 tpm=1000000000', { requestsPerMinute: 1e6, tokensPerMinute: 1e9 }],
  ])('reads %s', (written, limits) => {
    expect(limitsIn(`mum: ${written}`)['mum']).toEqual({ limits, expiresAt: undefined });
  });

  it('reads a day as its end, also one that is over, so that the next start does not fail', () => {
    expect(limitsIn('mum: until=2020-02-29')['mum']?.expiresAt).toBe(Date.parse('2020-03-01') / 1_000);
  });

  it('is a table of tables in a configuration file', () => {
    const text = fromYaml(`TOKEN_LIMITS:
  mum:
    usd: 5/month
    rpm: 20
    models: [gpt-5-mini, claude-haiku-*]
    until: 2027-01-31
  dad: { providers: "openai, anthropic" }
`);
    expect(text).toBe(
      'mum: usd=5/month rpm=20 models=gpt-5-mini,claude-haiku-* until=2027-01-31; dad: providers=openai,anthropic',
    );
    expect(Object.keys(limitsIn(text))).toEqual(['mum', 'dad']);
  });

  it.each([
    ['a limit of 0', 'mum: rpm=0', 'mum: rpm must be a whole number'],
    ['a negative limit', 'mum: concurrency=-3', 'mum: concurrency must be'],
    ['a huge limit', 'mum: rpm=1000001', 'mum: rpm must be'],
    ['no tokens a minute', 'mum: tpm=0k', 'mum: tpm must be'],
    ['money of 0', 'mum: usd=0/day', 'mum: usd must be'],
    ['money a year', 'mum: usd=5/year', 'mum: usd must be'],
    ['a day that does not exist', 'mum: until=2027-02-31', 'mum: until must be'],
    ['an empty model', 'mum: models=', 'mum: models must be'],
    ['a limit twice', 'mum: rpm=1 rpm=2', 'mum: has rpm twice'],
    ['a name twice', 'mum: rpm=1; mum: tpm=1', 'mum: is there twice'],
    ['no limit', 'mum:', 'mum: has no limits'],
    ['an unknown limit', 'mum: planted=5', 'A limit is one of usd, rpm, tpm'],
    ['a limit without a value', 'mum: planted', 'A limit is one of usd, rpm, tpm'],
    ['no name', 'rpm=5', 'number 1: must begin with the name'],
    ['a token in place of its name', 'dad: rpm=1; planted-token-0123456789: rpm=0', 'number 2: rpm must be'],
  ])('says what to do for %s, and no value', (_what, text, remedy) => {
    expect(problemOf(text)).toContain(remedy);
    expect(problemOf(text)).not.toMatch(/planted|=|1000001|2027-02-31|year/);
  });

  it('says all of its problems at once, beside those of other variables', () => {
    const environment = {
      ACCESS_TOKENS: TOKENS,
      TOKEN_LIMITS: 'mum: rpm=0 tpm=x; dad: usd=-1',
      TIMEOUT: 'x',
    };
    const [limits = '', timeout] = problemsOf(environment);
    for (const place of ['mum: rpm must', 'mum: tpm must', 'dad: usd must']) expect(limits).toContain(place);
    expect(timeout).toContain('TIMEOUT must');
  });

  it.each([
    ['a name that is not in ACCESS_TOKENS', { TOKEN_LIMITS: 'aunt: rpm=1' }, /ACCESS_TOKENS \(aunt\)/],
    ['no tokens at all', { ACCESS_TOKENS: '', TOKEN_LIMITS: 'mum: rpm=1' }, /ACCESS_TOKENS \(mum\)/],
    [
      'a token in place of its name',
      { TOKEN_LIMITS: 'a-token-of-mum-0123456789: rpm=1' },
      /ACCESS_TOKENS \(number 1\)/,
    ],
    [
      'an unknown provider',
      { TOKEN_LIMITS: 'mum: providers=openai,opanai' },
      /\(mum\)\. The providers are anthropic/,
    ],
  ])('is refused with %s', (_what, environment, message) => {
    const problems = problemsOf({ ACCESS_TOKENS: TOKENS, ...environment });
    expect(problems).toEqual([expect.stringMatching(message)]);
    expect(problems.join()).not.toContain('a-token-of');
  });

  it('becomes part of the access tokens, and of no others', () => {
    const { accessTokens } = readConfig({
      ACCESS_TOKENS: TOKENS,
      TOKEN_LIMITS: 'dad: rpm=5 until=2099-12-31',
    });
    expect(accessTokens).toEqual([
      { name: 'mum', token: 'a-token-of-mum-0123456789' },
      {
        name: 'dad',
        token: 'a-token-of-dad-0123456789',
        limits: { requestsPerMinute: 5 },
        expiresAt: Date.parse('2100-01-01') / 1_000,
      },
    ]);
  });
});
