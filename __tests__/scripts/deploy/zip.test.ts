import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fromBufferPromise } from 'yauzl';
import { isSameHash, zipFolder } from '../../../scripts/deploy/zip';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'zip-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), `the text of ${name}`);
  }
}

async function modesOf(bytes: Buffer): Promise<Record<string, number>> {
  const archive = await fromBufferPromise(bytes, { lazyEntries: true });
  const modes: Record<string, number> = {};
  for await (const entry of archive.eachEntry())
    modes[entry.fileName] = (entry.externalFileAttributes >>> 16) & 0o777;
  return modes;
}

it.each<[string, number, number]>([
  ['has no executable bits, as on Windows', 0o666, 0o666],
  ['has them on every file, as on some mounted disks', 0o777, 0o777],
  ['has them where they belong', 0o755, 0o644],
])('makes only scf_bootstrap executable if the file system %s', async (_what, startMode, otherMode) => {
  write(['index.js', 'a/b.txt', 'a/scf_bootstrap', 'scf_bootstrap']);
  for (const name of ['index.js', 'a/b.txt', 'a/scf_bootstrap'])
    chmodSync(path.join(folder, name), otherMode);
  chmodSync(path.join(folder, 'scf_bootstrap'), startMode);
  expect(await modesOf((await zipFolder(folder)).bytes)).toEqual({
    'a/b.txt': 0o644,
    'a/scf_bootstrap': 0o644,
    'index.js': 0o644,
    scf_bootstrap: 0o755,
  });
});

it('writes the same bytes for any order, time and umask', async () => {
  write(['a.js', 'b.js']);
  const first = await zipFolder(folder);
  rmSync(folder, { recursive: true });
  write(['b.js', 'a.js']);
  utimesSync(path.join(folder, 'a.js'), 1_000, 1_000);
  chmodSync(path.join(folder, 'b.js'), 0o600);
  expect((await zipFolder(folder)).sha256).toBe(first.sha256);
  writeFileSync(path.join(folder, 'a.js'), 'another text');
  expect((await zipFolder(folder)).sha256).not.toBe(first.sha256);
});

it('writes the same bytes in every time zone', () => {
  write(['a.js']);
  const script = `require('./scripts/deploy/zip').zipFolder(${JSON.stringify(folder)}).then(({ sha256 }) => console.log(sha256))`;
  const hashes = ['UTC', 'Asia/Shanghai', 'America/New_York'].map((TZ) =>
    execFileSync(process.execPath, ['--import', 'tsx', '-e', script], {
      cwd: path.resolve(__dirname, '../../..'),
      env: { PATH: process.env['PATH'], TZ },
      encoding: 'utf8',
      timeout: 20_000,
    }).trim(),
  );
  expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(hashes).size).toBe(1);
});

it('recognises a hash in hex and in Base64', () => {
  const sha256 = '0f'.repeat(32);
  expect(isSameHash(sha256, sha256)).toBe(true);
  expect(isSameHash(Buffer.from(sha256, 'hex').toString('base64'), sha256)).toBe(true);
  expect(isSameHash(undefined, sha256)).toBe(false);
  expect(isSameHash('', sha256)).toBe(false);
});
