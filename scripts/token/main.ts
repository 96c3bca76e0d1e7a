import { parseArgs } from 'node:util';
import { newTokens } from './new-tokens';

const USAGE = `npm run token [-- --name NAME] [--count N]

  --name   prints NAME:TOKEN, an item of ACCESS_TOKENS; the log shows the name
  --count  number of tokens, from 1 to 100; with a name they are named NAME-1, NAME-2, …`;

/** Prints random access tokens, one per line. */
function main(): void {
  const lines = newTokens(readArguments());
  if (lines === undefined) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  for (const line of lines) console.log(line);
}

function readArguments(): { name?: string | undefined; count: number } {
  try {
    const { values } = parseArgs({
      options: { name: { type: 'string' }, count: { type: 'string', default: '1' } },
    });
    return { name: values.name, count: /^\d{1,3}$/.test(values.count) ? Number(values.count) : NaN };
  } catch {
    return { count: NaN };
  }
}

main();
