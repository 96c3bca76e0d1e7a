import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildScf } from '../build/build';
import { zipFolder } from '../deploy/zip';

export interface Package {
  readonly file: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

/**
 * Builds the function and packs it as `npm run deploy` sends it, for an upload by hand. The same sources, configuration
 * files and Node make the same bytes.
 * @param folder the folder to build, which is emptied first
 */
export async function packageScf(file: string, folder: string, configFolder?: string): Promise<Package> {
  await buildScf(folder, configFolder, { configFile: 'nowhere' });
  const { bytes, sha256 } = await zipFolder(folder);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);
  return { file, bytes: bytes.length, sha256 };
}
