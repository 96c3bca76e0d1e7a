import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { newSignedToken, type LimitTexts } from '../../scripts/token/signed';
import { readConfig } from '../../src/config/read-config';
import { Revocations } from '../../src/proxy/tokens/revocations';
import { SignedTokens } from '../../src/proxy/tokens/signed-tokens';

const ROOT = path.join(__dirname, '../..');

/** `npm run token` as its own process. */
function run(...options: readonly string[]) {
  return runWith({}, ...options);
}

function runWith(environment: Record<string, string>, ...options: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    path.join(ROOT, 'node_modules/.bin/tsx'),
    ['scripts/token/main.ts', ...options],
    { cwd: ROOT, encoding: 'utf8', env: { ...process.env, ...environment } },
  );
  return { status, lines: stdout.split('\n').slice(0, -1), stderr };
}

describe('npm run token', () => {
  it('prints one token of 32 letters and digits, another one each time', () => {
    const first = run();
    const second = run();
    expect([first.status, second.status]).toEqual([0, 0]);
    for (const { lines } of [first, second])
      expect(lines).toEqual([expect.stringMatching(/^[A-Za-z0-9]{32}$/)]);
    expect(first.lines).not.toEqual(second.lines);
  });

  it('prints items that ACCESS_TOKENS takes, with names of their own', () => {
    const { lines } = run('--name', 'ann', '--count', '3');
    expect(readConfig({ ACCESS_TOKENS: lines.join() }).accessTokens).toEqual([
      { name: 'ann-1', token: lines[0]?.slice(6) },
      { name: 'ann-2', token: lines[1]?.slice(6) },
      { name: 'ann-3', token: lines[2]?.slice(6) },
    ]);
    expect(run('--name', 'ann').lines).toEqual([expect.stringMatching(/^ann:[A-Za-z0-9]{32}$/)]);
    expect(run('--count', '2').lines).toHaveLength(2);
  });

  it('signs a token with its limits by the newest secret, and makes such a secret', () => {
    const [secret = ''] = run('--secret').lines;
    expect(readConfig({ TOKEN_SECRET: secret }).tokenSecrets).toEqual([secret]);
    const limits = [
      '--rpm',
      '20',
      '--tpm',
      '200k',
      '--usd',
      '5/month',
      '--concurrency',
      '3',
      '--models',
      'gpt-5-mini,claude-haiku-*',
    ];
    const { lines } = runWith(
      { TOKEN_SECRET: `${secret},an-older-secret-0123456789-0123456789` },
      ...['--name', 'mum', ...limits, '--providers', 'openai', '--until', '2099-01-31'],
    );
    const tokens = new SignedTokens([secret], new Revocations(), Date.now);
    expect(tokens.find(lines[0] ?? '')).toMatchObject({
      name: 'mum',
      expiresAt: Date.parse('2099-02-01T00:00:00Z') / 1_000,
      limits: {
        requestsPerMinute: 20,
        concurrency: 3,
        tokensPerMinute: 200_000,
        money: { nanoUsd: 5e9, period: 'month' },
        models: ['gpt-5-mini', 'claude-haiku-*'],
        providers: ['openai'],
      },
    });
  });

  it('says what TOKEN_SECRET is for if a limit is asked for without it', () => {
    const { status, lines, stderr } = runWith({ TOKEN_SECRET: '' }, '--name', 'mum', '--rpm', '5');
    expect([status, lines]).toEqual([2, []]);
    expect(stderr).toContain('npm run token -- --secret');
  });

  it.each([
    ['no name', {}, '--name'],
    ['a limit of 0', { name: 'm', rpm: '0' }, '--rpm'],
    ['a limit that is no number', { name: 'm', concurrency: '2.5' }, '--concurrency'],
    ['a limit that is negative', { name: 'm', rpm: '-3' }, '--rpm'],
    ['a huge limit', { name: 'm', rpm: '99999999' }, '--rpm'],
    ['no tokens a minute', { name: 'm', tpm: '0' }, '--tpm'],
    ['tokens a minute that are no whole number', { name: 'm', tpm: '0.5' }, '--tpm'],
    ['negative tokens a minute', { name: 'm', tpm: '-1k' }, '--tpm'],
    ['too many tokens a minute', { name: 'm', tpm: '1001m' }, '--tpm'],
    ['tokens a minute in an unknown unit', { name: 'm', tpm: '5g' }, '--tpm'],
    ['no money', { name: 'm', usd: '0/month' }, '--usd'],
    ['negative money', { name: 'm', usd: '-5' }, '--usd'],
    ['a part of a cent', { name: 'm', usd: '0.001/day' }, '--usd'],
    ['too much money', { name: 'm', usd: '1000001' }, '--usd'],
    ['money a year', { name: 'm', usd: '5/year' }, '--usd'],
    ['money for two windows', { name: 'm', usd: '5/day/month' }, '--usd'],
    ['money without an amount', { name: 'm', usd: '/month' }, '--usd'],
    ['an empty model', { name: 'm', models: 'a,,b' }, '--models'],
    ['a provider with a space', { name: 'm', providers: 'open ai' }, '--providers'],
    ['a day that is over', { name: 'm', until: '2020-01-01' }, '--until'],
    ['a day that does not exist', { name: 'm', until: '2099-02-31' }, '--until'],
    ['no day', { name: 'm', until: 'tomorrow' }, '--until'],
    ['too many models', { name: 'm', models: Array(9).fill('a-model-of-some-length').join() }, '120'],
  ])('signs no token with %s', (_what, texts: LimitTexts, remedy) => {
    const result = newSignedToken(texts, 'x'.repeat(32), Date.parse('2026-11-29T00:00:00Z'));
    expect(result).toEqual({ problem: expect.stringContaining(remedy) as string });
  });

  it('signs a token until the last day of the calendar, which some write for ever', () => {
    const secret = 'x'.repeat(32);
    const result = newSignedToken({ name: 'mum', until: '9999-12-31' }, secret, Date.now());
    const tokens = new SignedTokens([secret], new Revocations(), Date.now);
    const { expiresAt } = tokens.find('token' in result ? result.token : '') ?? {};
    expect(new Date((expiresAt ?? 0) * 1_000).toISOString()).toBe('9999-12-31T23:59:59.000Z');
  });

  it('signs nothing with a secret of three characters', () => {
    const { status, lines, stderr } = runWith({ TOKEN_SECRET: 'abc' }, '--name', 'mum', '--rpm', '5');
    expect([status, lines]).toEqual([2, []]);
    expect(stderr).toMatch(/^TOKEN_SECRET must be one secret of at least 32 characters/);
  });

  it.each([
    [{ tpm: '200k' }, { tokensPerMinute: 200_000 }],
    [{ tpm: '1.5M' }, { tokensPerMinute: 1_500_000 }],
    [{ tpm: '1000000000' }, { tokensPerMinute: 1e9 }],
    [{ usd: '5/month' }, { money: { nanoUsd: 5e9, period: 'month' } }],
    [{ usd: '0.07/day' }, { money: { nanoUsd: 7e7, period: 'day' } }],
    [{ usd: '20/week' }, { money: { nanoUsd: 2e10, period: 'week' } }],
    [{ usd: '1000000' }, { money: { nanoUsd: 1e15, period: 'total' } }],
  ])('signs a token with %j', (texts: LimitTexts, limits) => {
    const secret = 'x'.repeat(32);
    const result = newSignedToken({ name: 'mum', ...texts }, secret, Date.now());
    const tokens = new SignedTokens([secret], new Revocations(), Date.now);
    expect(tokens.find('token' in result ? result.token : '')?.limits).toMatchObject(limits);
  });

  it.each([
    [['--name', 'a:b']],
    [['--name', 'x'.repeat(65)]],
    [['--count', '0']],
    [['--count', '101']],
    [['--count', 'many']],
    [['--nam', 'ann']],
    [['ann']],
  ])('explains itself and prints no token for %j', (options) => {
    const { status, lines, stderr } = run(...options);
    expect([status, lines]).toEqual([2, []]);
    expect(stderr).toContain('npm run token [-- --name NAME]');
  });
});
