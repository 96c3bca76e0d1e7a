import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import yauzl from 'yauzl';
import { packageScf } from '../../scripts/package/package';

const folder = mkdtempSync(path.join(tmpdir(), 'a package '));
const file = (name: string) => path.join(folder, name);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The mode of each file in a zip. */
function modesOf(zip: string): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    yauzl.open(zip, { lazyEntries: false }, (error, opened) => {
      if (error) {
        reject(error);
        return;
      }
      const modes: Record<string, string> = {};
      opened.on('entry', (entry: yauzl.Entry) => {
        modes[entry.fileName] = ((entry.externalFileAttributes >>> 16) & 0o777).toString(8);
      });
      opened.on('end', () => {
        resolve(modes);
      });
      opened.on('error', reject);
    });
  });
}

it('npm run package makes the same bytes twice, with the start file executable and everything in the root.', async () => {
  const first = await packageScf(file('first.zip'), file('build 1'), file('no-config'));
  const second = await packageScf(file('second.zip'), file('build 2'), file('no-config'));
  expect(second.sha256).toBe(first.sha256);
  expect(readFileSync(second.file).equals(readFileSync(first.file))).toBe(true);
  expect(createHash('sha256').update(readFileSync(first.file)).digest('hex')).toBe(first.sha256);
  expect(first.bytes).toBeLessThan(1024 * 1024);
  const modes = await modesOf(first.file);
  expect(modes).toMatchObject({
    scf_bootstrap: '755',
    'index.js': '644',
    'page.js': '644',
    'redis-client.js': '644',
    'request-rules.js': '644',
    'token-form.js': '644',
  });
  expect(modes).not.toHaveProperty('config-file.js');
  expect(Object.keys(modes).filter((name) => name.includes('/'))).toEqual([]);
});

it('npm run package takes the configuration files in, which changes the hash.', async () => {
  mkdirSync(file('config'));
  writeFileSync(file('config/more.yaml'), 'DEFAULT_PROVIDER: anthropic\n');
  chmodSync(file('config/more.yaml'), 0o600);
  const plain = await packageScf(file('plain.zip'), file('build 3'), file('no-config'));
  const configured = await packageScf(file('configured.zip'), file('build 4'), file('config'));
  expect(configured.sha256).not.toBe(plain.sha256);
});
