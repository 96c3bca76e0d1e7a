import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fromBufferPromise } from 'yauzl';
import { ApiError } from './api-error';

const MIB = 1_048_576;
export const MAX_BASE64_BYTES = { create: 50 * MIB, update: 20 * MIB };

const FILE_TYPE = 0o170000;
const SYMBOLIC_LINK = 0o120000;

/** An uploaded package: the zip and the folder in which it is unpacked. */
export interface CodePackage {
  readonly zip: Buffer;
  readonly sha256: string;
  readonly folder: string;
}

/** Decodes and unpacks an upload, read-only like the platform's /var/user. */
export async function unpack(base64: string, maxBytes: number, folder: string): Promise<CodePackage> {
  if (base64.length > maxBytes) {
    throw new ApiError(
      'InvalidParameterValue.ZipFile',
      `ZipFile is ${base64.length} bytes in Base64, over ${maxBytes}.`,
    );
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    throw new ApiError('InvalidParameterValue.ZipFileBase64BinascilError', 'ZipFile is not Base64.');
  }
  const zip = Buffer.from(base64, 'base64');
  await mkdir(folder, { recursive: true });
  try {
    await extract(zip, folder);
  } catch (cause) {
    throw new ApiError('InvalidParameterValue.ZipFile', `ZipFile cannot be unpacked: ${String(cause)}`);
  }
  await setFolderModes(folder, 0o555);
  return { zip, sha256: createHash('sha256').update(zip).digest('hex'), folder };
}

async function extract(zip: Buffer, folder: string): Promise<void> {
  // The reader itself rejects names that lead out of the folder.
  const archive = await fromBufferPromise(zip, { lazyEntries: true });
  for await (const entry of archive.eachEntry()) {
    const target = path.join(folder, entry.fileName);
    const mode = entry.externalFileAttributes >>> 16;
    if ((mode & FILE_TYPE) === SYMBOLIC_LINK) throw new Error(`${entry.fileName} is a symbolic link`);
    if (entry.fileName.endsWith('/')) {
      await mkdir(target, { recursive: true });
      continue;
    }
    await mkdir(path.dirname(target), { recursive: true });
    await pipeline(await archive.openReadStreamPromise(entry), createWriteStream(target));
    // An entry without a mode gets no execute bit: such an scf_bootstrap does not start, on SCF or here.
    await chmod(target, (mode === 0 ? 0o644 : mode) & 0o555);
  }
}

/** Removes what `unpack` wrote, which is read-only for everyone but root. */
export async function removePackages(root: string): Promise<void> {
  await setFolderModes(root, 0o755);
  await rm(root, { recursive: true, force: true });
}

async function setFolderModes(folder: string, mode: number): Promise<void> {
  if (mode & 0o200) await chmod(folder, mode);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await setFolderModes(path.join(folder, entry.name), mode);
  }
  await chmod(folder, mode);
}
