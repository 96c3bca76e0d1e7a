import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

/** A zip as it is uploaded. */
export interface CodePackage {
  readonly bytes: Buffer;
  /** In hex. */
  readonly sha256: string;
}

/** The earliest time that a zip can store. In local time, as the format requires, so that every time zone writes the same bytes. */
const EPOCH = new Date(1980, 0, 1);

/** SCF starts this file, so it has to be executable in the package. */
const START_FILE = 'scf_bootstrap';

/** Packs a folder. The same files give the same bytes on any machine at any time: the hash shows whether code has changed. */
export async function zipFolder(folder: string): Promise<CodePackage> {
  const zip = new ZipFile();
  // Sorted as they are in the zip: Windows separates folders by another character, which sorts otherwise.
  for (const name of filesIn(folder).map(withSlashes).sort()) {
    const file = path.join(folder, name);
    // By name: Windows has no executable bits, and the other bits would come from this machine's umask.
    const mode = name === START_FILE ? 0o755 : 0o644;
    zip.addBuffer(readFileSync(file), name, {
      mtime: EPOCH,
      forceDosTimestamp: true,
      mode: 0o100000 | mode,
    });
  }
  zip.end();
  const bytes = await buffer(zip.outputStream);
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Whether a hash that SCF reports, in hex or in Base64, is this one. */
export function isSameHash(reported: string | undefined, sha256: string): boolean {
  if (reported === undefined) return false;
  return reported.toLowerCase() === sha256 || reported === Buffer.from(sha256, 'hex').toString('base64');
}

function withSlashes(name: string): string {
  return name.split(path.sep).join('/');
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}
