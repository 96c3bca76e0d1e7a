import path from 'node:path';
import { parseArgs } from 'node:util';
import { readEnvFile, withEnvFile } from '../../src/config/local-environment';
import { examine } from './examine';
import { exitStatus, jsonReport, resultLines, summary } from './report';
import type { CheckResult } from './result';
import { baseOf, type Target } from './target';

const USAGE = `npm run doctor -- URL [--token T] [--admin-token A] [--model M] [--json]

  URL            the public address of the proxy
  --token        an access token or your own API key, as a client sends it (or DOCTOR_TOKEN, also in .env)
  --admin-token  the ADMIN_TOKEN, for the egress address and the state of the keys (or DOCTOR_ADMIN_TOKEN)
  --model        makes a real streamed request to this model; it costs a few tokens
  --json         the whole report as one JSON object`;

/** Examines a deployed proxy through its public address. */
async function main(): Promise<void> {
  const options = readArguments();
  if (!options) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  const { target, json } = options;
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

function readArguments(): { target: Target; json: boolean } | undefined {
  const environment = withEnvFile(process.env, readEnvFile(path.resolve(__dirname, '../..')));
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        token: { type: 'string' },
        'admin-token': { type: 'string' },
        model: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    if (positionals.length !== 1) return undefined;
    const target = {
      base: baseOf(positionals[0] ?? ''),
      // A command line can be read by others on the machine; an environment cannot.
      token: values.token ?? environment['DOCTOR_TOKEN'],
      adminToken: values['admin-token'] ?? environment['DOCTOR_ADMIN_TOKEN'],
      model: values.model,
    };
    return { target, json: values.json };
  } catch {
    return undefined;
  }
}

void main();
