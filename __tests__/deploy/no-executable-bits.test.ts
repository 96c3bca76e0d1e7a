import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { fromBufferPromise } from 'yauzl';
import { Scene, openaiResponse, urlIn } from '../scripts/deploy/scene';
import { SIMULATED_TEXT } from '../../scripts/fakes/simulated-replies';

const ROOT = path.resolve(__dirname, '../..');
const PRELOAD = path.resolve(__dirname, '../fixtures/no-executable-bits.mjs');

/** Runs some code of the scripts in a process of its own; resolves with what it prints. */
async function run(code: string, environment: Record<string, string>, preload?: string): Promise<string> {
  const loaded = preload === undefined ? [] : ['--import', preload];
  const { stdout } = await promisify(execFile)(process.execPath, [...loaded, '--import', 'tsx', '-e', code], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...environment },
    timeout: 60_000,
  });
  return stdout;
}

const folder = mkdtempSync(path.join(tmpdir(), 'a folder '));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The mode and the checksum of each file in a zip; not of the code cache, which may depend on how fast this machine is. */
async function entriesOf(zip: string): Promise<Record<string, readonly [mode: number, crc32: number]>> {
  const entries: Record<string, readonly [number, number]> = {};
  const archive = await fromBufferPromise(readFileSync(zip), { lazyEntries: true });
  for await (const { fileName, externalFileAttributes, crc32 } of archive.eachEntry())
    if (!fileName.endsWith('.cache')) entries[fileName] = [externalFileAttributes >>> 16, crc32];
  return entries;
}

it('npm run package makes the same zip on a file system without executable bits, with an executable scf_bootstrap.', async () => {
  const packed = async (name: string, preload?: string) => {
    const file = path.join(folder, `${name}.zip`);
    const args = [file, path.join(folder, name), path.join(folder, 'no-config')];
    const code = `void require('./scripts/package/package').packageScf(...${JSON.stringify(args)})`;
    await run(code, {}, preload);
    return entriesOf(file);
  };
  const entries = await packed('without', PRELOAD);
  expect(entries).toEqual(await packed('with'));
  expect(entries['scf_bootstrap']?.[0]).toBe(0o100755);
  expect(entries['index.js']?.[0]).toBe(0o100644);
}, 60_000);

it('npm run deploy deploys a function that starts, from a file system without executable bits.', async () => {
  const scene = await Scene.start();
  try {
    const environment = Object.fromEntries(
      Object.entries(scene.project.environment).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    );
    const code = `const { runCommand } = require('./scripts/deploy/command');
      runCommand({
        arguments: [],
        environment: process.env,
        output: process.stdout,
        errorOutput: process.stderr,
        root: ${JSON.stringify(scene.project.root)},
        pace: { pollMs: 20, limitMs: 10_000, attempts: 5, pauseMs: 200 },
      }).then((status) => { process.exitCode = status; });`;
    const url = urlIn(await run(code, environment, PRELOAD));
    expect(await openaiResponse(url, 'first-token-0123456789')).toBe(SIMULATED_TEXT);
  } finally {
    await scene.stop();
  }
}, 60_000);
