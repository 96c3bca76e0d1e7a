import { buildBinary } from './binary';

buildBinary(`dist/scf-llm-proxy-linux-${process.arch}`)
  .then(({ file, bytes, licenses }) => {
    console.log(`${file}: ${(bytes / 1024 / 1024).toFixed(0)} MiB, of Node ${process.version}`);
    console.log(`${licenses}: pass it on together with the executable`);
  })
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
