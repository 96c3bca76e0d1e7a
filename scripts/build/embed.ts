import { buildEmbed } from './build';

/** Before `npm pack`: makes what the package consists of. It writes nothing, since `npm pack --json` is read by programs. */
buildEmbed('dist/embed').catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
