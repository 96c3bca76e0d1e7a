import {
  customProviders,
  readCustomProviders,
  unversionedBases,
} from '../../../src/config/parsers/custom-providers';

const one = (text: string) => readCustomProviders(text).value[0];

describe('an entry of PROVIDERS', () => {
  it('has a base URL that stands for /v1', () => {
    expect(
      readCustomProviders('mine=https://llm.example.com/api, b2=https://b.example.com/v1\n'),
    ).toMatchObject({
      value: [
        { name: 'mine', origin: { host: 'llm.example.com', pathPrefix: '/api', replacesV1: true } },
        { name: 'b2', origin: { host: 'b.example.com', pathPrefix: '/v1', replacesV1: true } },
      ],
      problems: [],
    });
    expect(one('mine=https://llm.example.com')?.formats).toEqual({});
  });

  it('may have addresses of other formats, in any order', () => {
    const text =
      'mine=https://a.example.com/v1; responses = https://b.example.com ;anthropic=https://c.example.com/x/';
    expect(one(text.replace(' = ', '='))).toMatchObject({
      origin: { host: 'a.example.com' },
      formats: {
        messages: { host: 'c.example.com', pathPrefix: '/x', replacesV1: false },
        responses: { host: 'b.example.com', pathPrefix: '', replacesV1: true },
      },
    });
    expect(one('mine=https://a.example.com/v1;anthropic=https://c.example.com/x/v1')).toMatchObject({
      formats: { messages: { pathPrefix: '/x/v1', replacesV1: true } },
    });
  });

  it.each([
    ['mine=https://a.example.com/v1', false],
    ['mine=http://127.0.0.1:11434/v1', true],
    ['mine=https://a.example.com/v1;anthropic=http://127.0.0.1:11434', true],
    ['mine=https://a.example.com/v1;responses=https://llm.internal/v1', true],
  ])('%s is of a private network: %s', (text, isPrivate) => {
    expect(one(text)?.isPrivate).toBe(isPrivate);
  });
});

describe('what is wrong in PROVIDERS', () => {
  it.each([
    ['mine', 'must be a comma-separated list of name=base-url'],
    [
      'mine=https://a.example.com/v1;messages=https://a.example.com',
      'has an entry, mine, whose formats must',
    ],
    ['mine=https://a.example.com/v1;https://a.example.com', 'has an entry, mine, whose formats must'],
    ['mine=https://a.example.com/v1;anthropic=', 'has an entry, mine, whose address of "anthropic" must be'],
    [
      'mine=https://a.example.com/v1;responses=http://a.example.com/v1',
      'has an entry, mine, whose address of "responses" must be https',
    ],
    [
      'mine=https://a.example.com/v1;anthropic=https://u:planted@a.example.com',
      'has an entry, mine, whose address of "anthropic" must not contain a user name or password.',
    ],
    [
      'mine=https://a.example.com/v1;anthropic=https://a.example.com;anthropic=https://b.example.com',
      'has an entry, mine, which has two addresses of "anthropic"',
    ],
  ])('%s', (text, problem) => {
    expect(readCustomProviders(text).problems).toEqual([expect.stringContaining(problem)]);
    expect(JSON.stringify(readCustomProviders(text).problems)).not.toContain('planted');
  });

  it('is reported at once, and the names are known all the same', () => {
    const text =
      'Mine=https://a.example.com,b2=ftp://b.example.com;anthropic=nothing,c3=https://c.example.com/v1,c3=https://c.example.com/v1';
    const { value, problems } = readCustomProviders(text);
    expect(value.map(({ name }) => name)).toEqual(['b2', 'c3']);
    expect(problems).toEqual([
      expect.stringMatching(/^must be a comma-separated list/),
      expect.stringMatching(/^has an entry, b2, whose base URL must be an http/),
      expect.stringMatching(/^has an entry, b2, whose address of "anthropic" must be an http/),
      'has the same name twice.',
    ]);
    expect(customProviders(text)).toEqual({ problem: problems.join(' It ') });
    expect(customProviders('mine=https://a.example.com/v1')).toMatchObject({ value: [{ name: 'mine' }] });
  });
});

describe('a base URL without a version', () => {
  it.each([
    ['mine=https://a.example.com', 1],
    ['mine=https://a.example.com/planted/key', 1],
    ['mine=https://a.example.com/v1;responses=https://a.example.com', 1],
    ['mine=https://a.example.com/x;responses=https://a.example.com/y', 2],
    ['mine=https://a.example.com/v1;anthropic=https://a.example.com', 0],
    ['mine=https://a.example.com/api/paas/v4', 0],
    ['mine=https://a.example.com/v1beta/openai', 0],
  ])('%s: %i warnings', (text, count) => {
    const warnings = unversionedBases(readCustomProviders(text).value);
    expect(warnings).toHaveLength(count);
    for (const warning of warnings) expect(warning).toMatch(/^PROVIDERS has an entry, mine, whose /);
    expect(JSON.stringify(warnings)).not.toContain('planted');
  });
});
