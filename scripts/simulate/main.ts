import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { MODEL } from './model';
import { simulationReport, type Pair } from './report';
import { simulate } from './simulate';

/** Simulates the function with 1 to 10,000 clients, with and without a Redis. */
const USAGE = `npm run simulate -- [options]

  --clients N,N   how many (1,10,100,1000,10000)
  --minutes N     simulated minutes that are counted, after as many to warm up (60)
  --seed N        of the random times (1)
  --write         write the results into scripts/simulate; "npm run docs" makes the table of them
  --help          this text`;

const RESULTS = path.resolve(__dirname, 'results.json');

function main(): void {
  const { values } = parseArgs({
    options: {
      clients: { type: 'string', default: '1,10,100,1000,10000' },
      minutes: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      write: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const seconds = 60 * wholeNumber('--minutes', values.minutes);
  const seed = wholeNumber('--seed', values.seed);
  const pairs: Pair[] = values.clients
    .split(',')
    .map((text) => wholeNumber('--clients', text))
    .map((clients) => {
      const run = (redis: boolean) => simulate(MODEL, { clients, redis, seconds, seed });
      return { alone: run(false), sharing: run(true) };
    });
  console.log(simulationReport(MODEL, pairs));
  if (values.write) writeFileSync(RESULTS, `${JSON.stringify(pairs, null, 2)}\n`);
}

/** @throws Error if it is not one above 0 */
function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new Error(`${option} must be a whole number above 0.`);
  return number;
}

main();
