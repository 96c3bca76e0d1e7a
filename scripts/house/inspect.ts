import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import rooms from './rooms.json';

/** The structure of the sources: every path from the root's `src`, with `/`. */
export interface House {
  readonly files: readonly SourceFile[];
  /** Imports from a room above, which are not allowed. */
  readonly upward: readonly Import[];
  /** Files that import each other in a cycle. */
  readonly circles: readonly (readonly string[])[];
  /** Files outside all rooms. */
  readonly homeless: readonly string[];
}

export interface SourceFile {
  readonly file: string;
  readonly room: string;
  readonly lines: number;
  readonly imports: readonly string[];
}

export interface Import {
  readonly from: string;
  readonly to: string;
}

/** The rooms from the top down; a file imports only its own room and those below. */
export const ROOMS: readonly string[] = rooms.map(({ room }) => room);

/** Reads the tree below a folder. Dynamic imports count like the others. */
export function inspectHouse(src: string): House {
  const names = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll(path.sep, '/'))
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
    .sort();
  const known = new Set(names);
  const files = names.map((file): SourceFile => {
    const text = readFileSync(path.join(src, file), 'utf8');
    const imports = ts
      .preProcessFile(text)
      .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => path.posix.join(path.posix.dirname(file), fileName))
      .flatMap((imported) => [`${imported}.ts`, `${imported}.tsx`].filter((one) => known.has(one)));
    return { file, room: roomOf(file), lines: text.split('\n').length - 1, imports };
  });
  return {
    files,
    upward: files.flatMap(({ file, room, imports }) =>
      imports.filter((to) => isAbove(roomOf(to), room)).map((to) => ({ from: file, to })),
    ),
    circles: circlesOf(files),
    homeless: files.filter(({ room }) => !ROOMS.includes(room)).map(({ file }) => file),
  };
}

function roomOf(file: string): string {
  return path.posix.dirname(file);
}

function isAbove(room: string, other: string): boolean {
  return ROOMS.indexOf(room) < ROOMS.indexOf(other);
}

/** Tarjan's strongly connected components, those of more than one file. */
function circlesOf(files: readonly SourceFile[]): string[][] {
  const imports = new Map(files.map(({ file, imports: imported }) => [file, imported]));
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): number => {
    const own = index.size;
    index.set(file, own);
    low.set(file, own);
    stack.push(file);
    for (const to of imports.get(file) ?? []) {
      const reached = index.has(to) ? (stack.includes(to) ? (index.get(to) ?? own) : own) : visit(to);
      low.set(file, Math.min(low.get(file) ?? own, reached));
    }
    const lowest = low.get(file) ?? own;
    if (lowest === own) {
      const members = stack.splice(stack.indexOf(file));
      if (members.length > 1) circles.push(members.sort());
    }
    return lowest;
  };
  for (const { file } of files) if (!index.has(file)) visit(file);
  return circles;
}
