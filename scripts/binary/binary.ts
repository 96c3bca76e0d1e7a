import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildScf } from '../build/build';
import { LICENSES_FILE, withNodeLicense } from '../build/licenses';
import { installPackages } from '../shared/install-packages';

const run = promisify(execFile);

/** Marks the place in Node's own binary: https://nodejs.org/api/single-executable-applications.html */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
const RESOURCE = 'NODE_SEA_BLOB';

/**
 * Makes one executable of the running Node and the web function's bundle; it needs no Node where it runs. The licences
 * of what is in it go into a file beside it.
 * @param file the path to write
 * @throws Error if this Node cannot become one
 */
export async function buildBinary(
  file: string,
  configFolder?: string,
): Promise<{ readonly file: string; readonly bytes: number; readonly licenses: string }> {
  await checkNode();
  await installPackages({
    folder: __dirname,
    content: 'postject, which puts the bundle into Node, about 5 MB',
  });
  const work = await mkdtemp(path.join(tmpdir(), 'scf-llm-proxy-binary-'));
  try {
    await buildScf(path.join(work, 'scf'), configFolder, { configFile: 'inside' });
    const blob = path.join(work, 'blob');
    const settings = path.join(work, 'sea.json');
    await writeFile(
      settings,
      JSON.stringify({
        main: path.join(work, 'scf/index.js'),
        output: blob,
        disableExperimentalSEAWarning: true, // it would precede every log
      }),
    );
    await run(process.execPath, ['--experimental-sea-config', settings]);
    await mkdir(path.dirname(path.resolve(file)), { recursive: true });
    await rm(file, { force: true }); // a running one cannot be overwritten, but it can be replaced
    await copyFile(process.execPath, file);
    await chmod(file, 0o755);
    // The command, not the module: it warns on stderr of sections of Node's own that do no harm, and has no types.
    const postject = require.resolve('postject/dist/cli.js');
    await run(process.execPath, [postject, file, RESOURCE, blob, '--sentinel-fuse', FUSE]);
    const licenses = `${file}-${LICENSES_FILE}`;
    await writeFile(licenses, withNodeLicense(await readFile(path.join(work, 'scf', LICENSES_FILE), 'utf8')));
    return { file, bytes: (await stat(file)).size, licenses };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function checkNode(): Promise<void> {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    throw new Error(
      `The binary is for linux-x64 or linux-arm64, and is made of the Node that runs: build it there, not on ${process.platform}-${process.arch}.`,
    );
  }
  if (!(await readFile(process.execPath)).includes(FUSE)) {
    throw new Error(
      'This Node cannot become a single executable: it keeps itself in a shared library, as those of some distributions do. Use one from https://nodejs.org.',
    );
  }
}
