import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Target } from './target';

const FOLDER = path.join(__dirname, 'corpus');

/** The inputs that `--grow` has found for a target; none if it never ran for it. */
export function foundInputs(name: string): readonly string[] {
  const file = fileOf(name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly string[]) : [];
}

/** Adds inputs to those of a target, each on a line, in ASCII: what cannot be seen can be read so. */
export function addInputs(name: string, inputs: readonly string[]): void {
  if (inputs.length === 0) return;
  const all = [...new Set([...foundInputs(name), ...inputs])];
  const text = JSON.stringify(all, undefined, 2).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(fileOf(name), `${text}\n`);
}

/** A target that begins with what was found for it as well. */
export function withFound(target: Target): Target {
  return { ...target, corpus: [...target.corpus, ...foundInputs(target.name)] };
}

function fileOf(name: string): string {
  return path.join(FOLDER, `${name}.json`);
}
