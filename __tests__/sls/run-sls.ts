import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import path from 'node:path';
import ts from 'typescript';
import type { FakeControlPlane } from './fake-control-plane';

const ROOT = path.resolve(__dirname, '../..');
const TSX = path.join(ROOT, 'node_modules/tsx/dist/cli.mjs');
const MAIN = path.join(ROOT, 'scripts/serverless-cli/main.ts');

export interface Finished {
  readonly code: number | null;
  /** Standard output and error, as one person reads them. */
  readonly text: string;
}

export interface Place {
  /** Where the program runs: the folder of `serverless.yml` and `.env`. */
  readonly cwd: string;
  /** A folder of the test's own, for the home folder, the hook and its record. */
  readonly scratch: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Compiles loopback-only.ts into the folder; the path is for `node --require`. */
export function writeHook(folder: string): string {
  const hook = path.join(folder, 'loopback-only.js');
  const source = readFileSync(path.join(__dirname, 'loopback-only.ts'), 'utf8');
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  writeFileSync(hook, ts.transpileModule(source, { compilerOptions }).outputText);
  return hook;
}

/** `npm run sls` as a process of its own, which can reach this control plane and nothing else. */
export async function runSls(
  args: readonly string[],
  plane: FakeControlPlane,
  { cwd, scratch, environment }: Place,
): Promise<Finished> {
  const child = spawn(process.execPath, [TSX, MAIN, ...args], {
    cwd,
    env: {
      PATH: process.env['PATH'],
      HOME: scratch,
      NODE_OPTIONS: `--require ${writeHook(scratch)}`,
      LOOPBACK_REFUSALS: path.join(scratch, 'refusals'),
      ...plane.environment,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // so that the time limit can end the CLI that it started, too
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  const timer = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, 90_000);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  return { code, text: stripVTControlCharacters(output) };
}
