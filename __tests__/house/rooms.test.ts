import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspectHouse, ROOMS } from '../../scripts/house/inspect';

const ROOT = path.resolve(__dirname, '../..');

describe('src', () => {
  const house = inspectHouse(path.join(ROOT, 'src'));

  it('has every file in a room, and every room has files', () => {
    expect(house.homeless).toEqual([]);
    expect(ROOMS.filter((room) => !house.files.some((file) => file.room === room))).toEqual([]);
  });

  it('has no import from a room above, and no cycle', () => {
    expect(house.upward).toEqual([]);
    expect(house.circles).toEqual([]);
  });

  it('has at most twelve files in each room except the providers', () => {
    const crowded = ROOMS.filter(
      (room) => !room.startsWith('providers') && house.files.filter((file) => file.room === room).length > 12,
    );
    expect(crowded).toEqual([]);
  });
});

it('A tree with an upward import, a cycle and a file outside the rooms is reported as such.', () => {
  const src = mkdtempSync(path.join(tmpdir(), 'house-'));
  for (const [file, text] of [
    ['http/a.ts', "import { b } from '../app/b';"],
    ['app/b.ts', "import type { C } from './c';"],
    ['app/c.ts', "export const b = () => import('./b');"],
    ['attic/d.ts', ''],
  ] as const) {
    mkdirSync(path.join(src, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(src, file), text);
  }
  const house = inspectHouse(src);
  rmSync(src, { recursive: true });
  expect(house.upward).toEqual([{ from: 'http/a.ts', to: 'app/b.ts' }]);
  expect(house.circles).toEqual([['app/b.ts', 'app/c.ts']]);
  expect(house.homeless).toEqual(['attic/d.ts']);
});

it('ARCHITECTURE.md describes each room in the order of the list.', () => {
  const text = readFileSync(path.join(ROOT, 'ARCHITECTURE.md'), 'utf8');
  const tree = /```text\n([^]*?)```/.exec(text)?.[1] ?? '';
  expect(
    tree
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]),
  ).toEqual(ROOMS);
});
