import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { listTokens } from '../../../scripts/token/list';
import { changeRevoked, type RevokeCommand } from '../../../scripts/token/revoke';
import { readConfig } from '../../../src/config/read-config';
import { lineOf } from '../usage/run';
import { inputOf } from '../../helpers/standard-input';

const NOW_MS = Date.parse('2026-11-29T12:00:00.500Z');
const STATIC = 'laptop:planted-token-0123456789';

const change = (
  verb: RevokeCommand['verb'],
  names: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
) => changeRevoked({ verb, arguments: names, environment, now: () => NOW_MS });

describe('npm run token without a Redis', () => {
  it.each<[string, RevokeCommand['verb'], string[], string, string]>([
    ['a name', 'revoke', ['mum'], '', 'mum'],
    ['a second name', 'revoke', ['mum'], 'dad', 'dad,mum'],
    ['a name that is there', 'revoke', ['dad'], 'dad,aunt', 'aunt,dad'],
    ['several', 'revoke', ['mum', 'dad', 'mum'], '', 'mum,dad'],
    ['an id', 'revoke', ['mum~t5k2x9'], '', 'mum~t5k2x9'],
    ['a whole token, by its id', 'revoke', ['slp1~mum~t5k2x9~r20~AAAAAAAAAAAAAAAAAAAAAA'], '', 'mum~t5k2x9'],
    ['a time', 'revoke', ['before:2026-11-01T00:00:00Z'], '', 'before:2026-11-01T00:00:00Z'],
    ['one of two less', 'unrevoke', ['dad'], 'dad,mum', 'mum'],
    ['the last one less', 'unrevoke', ['dad'], 'dad', ''],
    [
      'all made before, and what that does not cover',
      'panic',
      [],
      'before:2026-11-01T00:00:00Z,dad~t5k2x9,mum',
      'mum,before:2026-11-29T12:00:01Z',
    ],
  ])('prints the line to deploy that has %s', async (_what, verb, names, configured, expected) => {
    const { lines, notes, status } = await change(verb, names, { REVOKED_TOKENS: configured });
    expect([status, lines]).toEqual([0, [`REVOKED_TOKENS=${expected}`]]);
    expect(notes[0]).toContain('REDIS_URL is not set');
    expect(() => readConfig({ REVOKED_TOKENS: expected })).not.toThrow();
  });

  it.each<[string, RevokeCommand['verb'], string[]]>([
    ['no name', 'revoke', []],
    ['a name with a space', 'revoke', ['mum', 'a b']],
    ['an id that is none', 'revoke', ['mum~x5']],
    ['a day that does not exist', 'revoke', ['before:2026-13-45T00:00:00Z']],
    ['a token that is cut off', 'revoke', ['slp1~']],
    ['no name to take back', 'unrevoke', []],
    ['a name for panic', 'panic', ['mum']],
  ])('explains itself for %s', async (_what, verb, names) => {
    const { lines, notes, status } = await change(verb, names);
    expect([status, lines]).toEqual([2, []]);
    expect(notes[0]).toMatch(/mum~t5k2x9|takes no name/);
  });

  it('takes back nothing that is not revoked', async () => {
    const { lines, notes, status } = await change('unrevoke', ['mum'], { REVOKED_TOKENS: 'dad' });
    expect([status, lines, notes]).toEqual([1, [], ['mum: not in REVOKED_TOKENS.']]);
  });

  it('says that a token of ACCESS_TOKENS is not revoked by it', async () => {
    const { notes } = await change('revoke', ['laptop'], { ACCESS_TOKENS: STATIC });
    expect(notes.join()).toContain('laptop: also in ACCESS_TOKENS');
    expect((await change('panic', [], { ACCESS_TOKENS: STATIC })).notes.join()).toContain('remain valid');
    expect(notes.join()).not.toContain('planted');
  });

  it('names the remedy, and not the address, if Redis cannot be reached', async () => {
    const url = 'redis://default:planted-password@127.0.0.1:1';
    const error = await change('revoke', ['mum'], { REDIS_URL: url }).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/ECONNREFUSED.*nothing was changed\. Check REDIS_URL/);
    expect(String(error)).not.toMatch(/planted|127\.0/);
  });
});

describe('npm run token -- list', () => {
  const list = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    listTokens({
      arguments: args,
      environment,
      root: '/nonexistent',
      input: inputOf('', 1),
      isPiped: false,
      now: () => NOW_MS,
    });

  it('shows what is configured and revoked, and how to see the use', async () => {
    const { lines, notes } = await list([], { ACCESS_TOKENS: STATIC, REVOKED_TOKENS: 'mum~t100000,dad' });
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['token', 'state'],
      ['dad', 'revoked by REVOKED_TOKENS'],
      ['laptop', 'in ACCESS_TOKENS'],
      ['mum~t100000', 'revoked by REVOKED_TOKENS, made at 1971-12-01 20:09'],
    ]);
    expect(notes.join()).toContain('--since 7d');
    expect(lines.join()).not.toContain('planted');
  });

  it('shows with a log what each token has used, and when it was used last', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'tokens-'));
    const file = path.join(folder, 'proxy.log');
    const log = [
      lineOf({ time: '2026-11-28T10:00:30Z', usd: 0.5 }),
      lineOf({ time: '2026-11-27T10:00:00Z', usd: 0.25 }),
      lineOf({ token: 'mum', usd: undefined }),
      lineOf({ token: undefined }),
    ];
    writeFileSync(file, log.join('\n'));
    const { lines, status } = await list([file], { ACCESS_TOKENS: STATIC, REVOKED_TOKENS: 'aunt' });
    rmSync(folder, { recursive: true });
    expect(status).toBe(0);
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['token', 'state', 'requests', 'usd', 'last used (UTC)'],
      ['aunt', 'revoked by REVOKED_TOKENS', '0', '–', '–'],
      ['laptop', 'in ACCESS_TOKENS', '2', '0.7500', '2026-11-28 10:00'],
      ['mum', 'signed, or no longer configured', '1', '–', '2026-11-28 21:06'],
    ]);
  });

  it('explains a file that is not there, and arguments that it does not take', async () => {
    expect((await list(['/nonexistent/log'])).notes.join()).toContain('Check its name');
    expect(await list(['a', 'b'])).toMatchObject({ status: 2 });
    expect(await list(['--since', 'yesterday'])).toMatchObject({ status: 2 });
  });
});
