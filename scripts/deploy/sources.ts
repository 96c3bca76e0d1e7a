import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** The most recently changed file among these files and the contents of these folders. */
export function newestOf(
  root: string,
  places: readonly string[],
): { readonly path: string; readonly changedAtMs: number } {
  let newest = { path: '', changedAtMs: 0 };
  for (const file of places.flatMap((place) => filesAt(path.join(root, place)))) {
    const changedAtMs = statSync(file).mtimeMs;
    if (changedAtMs > newest.changedAtMs) newest = { path: path.relative(root, file), changedAtMs };
  }
  return newest;
}

function filesAt(place: string): string[] {
  if (!existsSync(place)) return [];
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
