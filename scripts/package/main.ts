import path from 'node:path';
import { packageScf } from './package';

const ROOT = path.resolve(__dirname, '../..');

/** `npm run package`: the zip that Tencent's console takes. */
packageScf(path.join(ROOT, 'dist/scf-llm-proxy-scf.zip'), path.join(ROOT, 'dist/scf'))
  .then(({ file, bytes, sha256 }) => {
    console.log(`${path.relative(process.cwd(), file)}: ${(bytes / 1024 / 1024).toFixed(2)} MB
SHA-256: ${sha256}
How to upload it: docs/console.md. The files of config/ are in it, so keep it as you keep keys.`);
  })
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
