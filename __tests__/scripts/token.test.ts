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
    const limits = ['--rpm', '20', '--concurrency', '3', '--models', 'gpt-5-mini,claude-haiku-*'];
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
