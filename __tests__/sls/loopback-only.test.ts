import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeHook } from './run-sls';

// What the other tests here rely on: nothing they start reaches beyond this machine.
let scratch: string;
beforeEach(() => (scratch = mkdtempSync(path.join(tmpdir(), 'sls-hook-'))));
afterEach(() => rmSync(scratch, { recursive: true }));

it.each([
  [
    'https',
    "require('https').get('https://elsewhere.invalid/').on('error', () => {})",
    'elsewhere.invalid:443',
  ],
  ['http', "require('http').get('http://elsewhere.invalid/').on('error', () => {})", 'elsewhere.invalid:80'],
  ['fetch', "fetch('https://elsewhere.invalid/').catch(() => {})", 'elsewhere.invalid:443'],
  [
    'a socket',
    "require('net').connect(25, 'elsewhere.invalid').on('error', () => {})",
    'elsewhere.invalid:25',
  ],
  [
    'a program it starts',
    "require('child_process').spawnSync(process.execPath, ['-e', `${CODE}`])",
    'elsewhere.invalid:443',
  ],
  [
    'a name that it resolves itself',
    "require('dns').lookup('elsewhere.invalid', () => {})",
    'elsewhere.invalid',
  ],
])('ends a program that connects elsewhere by %s, even if it would ignore errors', (_, code, refused) => {
  const refusals = path.join(scratch, 'refusals');
  const inner = "const CODE = \"require('https').get('https://elsewhere.invalid/')\";";
  const ran = spawnSync(process.execPath, ['-e', inner + code], {
    env: {
      NODE_OPTIONS: `--require ${writeHook(scratch)}`,
      LOOPBACK_REFUSALS: refusals,
      LOOPBACK_HOSTS: 'known.invalid',
      LOOPBACK_PORTS: '{"443":1}',
    },
    timeout: 20_000,
  });
  if (!code.includes('spawnSync')) expect(ran.status).toBe(97);
  expect(readFileSync(refusals, 'utf8')).toBe(`${refused}\n`);
});
