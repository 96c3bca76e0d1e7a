import { buildScf } from './build';

buildScf('dist/scf')
  .then(({ bytes, folder }) => {
    console.log(`${folder}: scf_bootstrap and index.js, ${(bytes / 1024).toFixed(0)} KiB`);
  })
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
