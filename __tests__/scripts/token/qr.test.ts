import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { tokenLink } from '../../../scripts/token/link';
import { qrLines } from '../../../scripts/token/qr';

const ROOT = path.resolve(__dirname, '../../..');
const ADDRESS = 'https://1234567890-abcdefghij.ap-singapore.tencentscf.com';
const QUIET = 4;
/** Black on white of the fixed colours, and back. */
const START = '\x1b[38;5;16;48;5;231m';
const END = '\x1b[0m';

type Modules = readonly (readonly boolean[])[];

/** What a camera sees of printed lines: each character is two modules, one above the other, with explicit colours. */
function seen(lines: readonly string[]): Modules {
  return lines.flatMap((line) => {
    expect([line.startsWith(START), line.endsWith(END)]).toEqual([true, true]);
    const halves = Array.from(line.slice(START.length, -END.length));
    return [
      halves.map((half) => half === '▀' || half === '█'),
      halves.map((half) => half === '▄' || half === '█'),
    ];
  });
}

function withoutQuietZone(modules: Modules): Modules {
  const size = (modules[0]?.length ?? 0) - 2 * QUIET;
  return modules.slice(QUIET, QUIET + size).map((row) => row.slice(QUIET, QUIET + size));
}

const MASKS: readonly ((row: number, column: number) => boolean)[] = [
  (r, c) => (r + c) % 2 === 0,
  (r) => r % 2 === 0,
  (_r, c) => c % 3 === 0,
  (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0,
  (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0,
  (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
];

/** Reads a code of version 2 to 5 with the lowest correction, whose data is one block (ISO/IEC 18004). */
function decoded(modules: Modules): string {
  const size = modules.length;
  const at = (row: number, column: number) => modules[row]?.[column] === true;
  const isPattern = (row: number, column: number) =>
    (row < 9 && column < 9) ||
    (row < 9 && column >= size - 8) ||
    (row >= size - 8 && column < 9) ||
    row === 6 ||
    column === 6 ||
    (Math.abs(row - (size - 7)) <= 2 && Math.abs(column - (size - 7)) <= 2);
  const mask = MASKS[Number(!at(8, 2)) * 4 + Number(at(8, 3)) * 2 + Number(!at(8, 4))];
  let bits = '';
  let isUpward = true;
  for (let right = size - 1; right > 0; right -= 2, isUpward = !isUpward) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const row = isUpward ? size - 1 - step : step;
      for (const column of [right, right - 1])
        if (!isPattern(row, column)) bits += at(row, column) === mask?.(row, column) ? '0' : '1';
    }
  }
  const number = (from: number, length: number) => parseInt(bits.slice(from, from + length), 2);
  if (number(0, 4) !== 4) return 'not in byte mode';
  return Array.from({ length: number(4, 8) }, (_, byte) =>
    String.fromCharCode(number(12 + 8 * byte, 8)),
  ).join('');
}

function run(environment: Record<string, string>, ...options: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'scripts/token/main.ts', '--name', 'mum', ...options],
    { cwd: ROOT, encoding: 'utf8', env: { PATH: process.env['PATH'], ...environment } },
  );
  const code = stderr.split('\n').filter((line) => line.startsWith(START));
  return {
    status,
    stdout,
    stderr,
    link: code.length > 0 ? decoded(withoutQuietZone(seen(code))) : undefined,
  };
}

describe('the QR code of a token', () => {
  it.each([
    'slp1~mum~t5k2x9~AAAAAAAAAAAAAAAAAAAAAA',
    `${ADDRESS}/#laptop-token-0123456789`,
    'x'.repeat(106),
    `${'/?#%~-._:'.repeat(8)}0`,
  ])('is read as it was written: %s', (text) => {
    expect(decoded(withoutQuietZone(seen(qrLines(text))))).toBe(text);
  });

  it('has four light modules on every side, in lines of one width', () => {
    const modules = seen(qrLines(`${ADDRESS}/#token`));
    const width = modules[0]?.length ?? 0;
    expect(modules.every((row) => row.length === width)).toBe(true);
    const dark = modules.flatMap((row, at) =>
      row.flatMap((isDark, column) => (isDark ? [[at, column]] : [])),
    );
    const rows = dark.map(([row = 0]) => row);
    const columns = dark.map(([, column = 0]) => column);
    expect([Math.min(...rows), Math.min(...columns), Math.max(...columns)]).toEqual([
      QUIET,
      QUIET,
      width - 1 - QUIET,
    ]);
    expect(modules.length - 1 - Math.max(...rows)).toBeGreaterThanOrEqual(QUIET);
  });

  it('fits a terminal of 80 columns with the longest token and address', () => {
    const [line = ''] = qrLines(`https://${'a'.repeat(60)}.example.com/#${'x'.repeat(120)}`);
    expect(seen([line])[0]?.length).toBeLessThanOrEqual(80);
  });
});

describe('npm run token -- --qr', () => {
  it('shows the link on the error output, and prints the token alone on standard output', () => {
    const { status, stdout, link } = run({ PROXY_URL: ADDRESS }, '--qr');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^mum:[A-Za-z0-9]{32}\n$/)]);
    expect(link).toBe(`${ADDRESS}/#${stdout.trim().slice(4)}`);
  });

  it('prefers --url, which needs no --qr, and shows a signed token too', () => {
    const secret = 'a-secret-of-the-tests-0123456789-0123';
    const { stdout, link } = run(
      { PROXY_URL: ADDRESS, TOKEN_SECRET: secret },
      '--signed',
      '--url',
      'https://b.example/',
    );
    expect(stdout).toMatch(/^slp1~mum~/);
    expect(link).toBe(`https://b.example/#${stdout.trim()}`);
  });

  it('shows the token alone if no address is known', () => {
    const { stdout, stderr, link } = run({}, '--qr');
    expect(link).toBe(stdout.trim().slice(4));
    expect(stderr).toContain('PROXY_URL');
  });

  it('makes no token if the address is not one of a proxy', () => {
    const { status, stdout, stderr } = run({}, '--url', 'ftp://planted.example');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--url must be');
    expect(stderr).not.toContain('planted');
  });
});

it.each([
  ['https://a.example', 'https://a.example/#T'],
  ['https://a.example/release/', 'https://a.example/release/#T'],
  ['http://localhost:9000', 'http://localhost:9000/#T'],
  ['https://a.example/?x=1', undefined],
  ['https://a.example/#x', undefined],
  ['https://user@a.example', undefined],
  ['javascript:alert(1)', undefined],
  ['a.example', undefined],
])('The link of %s is %s.', (url, link) => {
  expect(tokenLink(url, 'T')).toBe(link);
});
