import path from 'node:path';
import { parseArgs } from 'node:util';
import { existsSync, readFileSync } from 'node:fs';
import { readEnvFile, withEnvFile } from '../../src/config/local-environment';
import { environmentOf } from '../deploy/connection';
import { readServerlessFile } from '../deploy/serverless-file';
import { misspeltForCommands } from '../deploy/variables';
import { sendTestAlert } from './alert-test';
import { choose, comparisonLines } from './compare';
import { examine } from './examine';
import { measure } from './measure';
import { exitStatus, jsonReport, resultLines, summary } from './report';
import type { CheckResult } from './result';
import { baseOf, type Target } from './target';

/** Each is a socket of this machine, and time of an instance that is billed. */
const MAX_STREAMS = 500;

const USAGE = `npm run doctor -- URL [URL …] [--token T] [--admin-token A] [--model M] [--streams N] [--json]
npm run doctor -- --alert-test

  URL            the public address of the proxy; by default the custom domain in serverless.yml.
                 Several are compared, and it says which one to use
  --token        an access token or your own API key, as a client sends it (or DOCTOR_TOKEN, also in .env)
  --admin-token  the ADMIN_TOKEN, for the egress address and the state of the keys (or DOCTOR_ADMIN_TOKEN)
  --model        makes a real streamed request to this model; it costs a few tokens
  --streams      opens N streams at once, 1 to 500, and counts the instances that hold them; needs --admin-token
  --json         the whole report as one JSON object
  --alert-test   sends one test alert from this machine to ALERT_URL, and nothing else`;

/** Examines a deployed proxy through its public address. */
async function main(): Promise<void> {
  if (process.argv.includes('--alert-test')) {
    const root = path.resolve(__dirname, '../..');
    const result = await sendTestAlert(root, environmentOf(root, process.env), Date.now);
    console.log(process.argv.includes('--json') ? JSON.stringify(result, null, 2) : resultLines(result));
    process.exitCode = exitStatus([result]);
    return;
  }
  const options = readArguments();
  if (!options) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  const { targets, json } = options;
  const [target, ...others] = targets;
  if (!target) return;
  if (others.length > 0) {
    const candidates = [];
    for (const one of targets) candidates.push(await measure(one)); // one after the other, or they slow each other down
    const chosen = choose(candidates);
    console.log(
      json
        ? JSON.stringify(
            { use: chosen?.best.origin ?? null, reason: chosen?.reason ?? null, candidates },
            null,
            2,
          )
        : comparisonLines(candidates).join('\n'),
    );
    process.exitCode = chosen ? 0 : 1;
    return;
  }
  const { origin } = new URL(target.base); // the path may contain a token
  const results: CheckResult[] = [];
  if (!json) console.log(`${origin}\n`);
  for await (const result of examine(target)) {
    results.push(result);
    if (!json) console.log(resultLines(result));
  }
  console.log(json ? jsonReport(origin, results) : `\n${summary(results)}`);
  process.exitCode = exitStatus(results);
}

function readArguments(): { targets: Target[]; json: boolean } | undefined {
  const environment = withEnvFile(process.env, readEnvFile(path.resolve(__dirname, '../..')));
  for (const problem of misspeltForCommands(environment)) console.error(problem);
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        token: { type: 'string' },
        'admin-token': { type: 'string' },
        model: { type: 'string' },
        streams: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const addresses = positionals.length > 0 ? positionals : customDomain();
    if (addresses.length === 0) return undefined;
    const streams = values.streams === undefined ? undefined : streamsIn(values.streams);
    if (Number.isNaN(streams) || (streams !== undefined && addresses.length > 1)) return undefined;
    const targets = addresses.map((address) => ({
      base: baseOf(address),
      // A command line can be read by others on the machine; an environment cannot.
      token: values.token ?? environment['DOCTOR_TOKEN'],
      adminToken: values['admin-token'] ?? environment['DOCTOR_ADMIN_TOKEN'],
      model: values.model,
      streams,
    }));
    return { targets, json: values.json };
  } catch {
    return undefined;
  }
}

/** `NaN` if it is not a number from 1 to 500. */
function streamsIn(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : NaN;
  return count >= 1 && count <= MAX_STREAMS ? count : NaN;
}

/** The address of the custom domain that serverless.yml describes. */
function customDomain(): string[] {
  const root = path.resolve(__dirname, '../..');
  const file = path.join(root, 'serverless.yml');
  if (!existsSync(file)) return [];
  const { settings } = readServerlessFile(readFileSync(file, 'utf8'), environmentOf(root, process.env));
  return settings.customDomain === undefined || settings.customDomain.domain === ''
    ? []
    : [`https://${settings.customDomain.domain}`];
}

void main();
