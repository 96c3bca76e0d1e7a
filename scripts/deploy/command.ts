import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Environment } from '../../src/config';
import { VERSION } from '../../src/version';
import { buildScf } from '../build/build';
import { environmentOf, readConnection } from './connection';
import { deploy, remove, stepsOf, type Deployment, type Pace } from './deploy';
import { DeployError } from './deploy-error';
import { prepare, prepareRemoval } from './prepare';
import { createScfApi } from './scf-api';
import { createDeployRedact } from './secrets';
import { smokeTest, type SmokeTestOptions } from './smoke-test';
import { createTerminal, type Output, type Terminal } from './terminal';

const USAGE = `npm run deploy                 makes the function as serverless.yml describes it, and calls it
npm run deploy -- --dry-run    tells what that would change, and changes nothing
npm run deploy -- remove       deletes the function and its public URL
                  --json       the result as JSON on standard output`;

export interface Command {
  readonly arguments: readonly string[];
  readonly environment: Environment;
  readonly output: Output;
  readonly errorOutput: Output;
  /** Where serverless.yml, .env and config/ are. */
  readonly root?: string;
  readonly pace?: Pace & SmokeTestOptions;
}

/** SCF takes seconds for a change, and a new name a minute until it is known. */
const PACE: Pace & SmokeTestOptions = { pollMs: 1_000, limitMs: 300_000, attempts: 30, pauseMs: 2_000 };

/** `npm run deploy`, with everything it touches handed in. Resolves with the exit status. */
export async function runCommand(command: Command): Promise<number> {
  const root = command.root ?? path.resolve(__dirname, '../..');
  const environment = environmentOf(root, command.environment);
  // The environment as a whole: what is deployed comes from it.
  const redact = createDeployRedact(readConnection(environment).credentials, environment);
  try {
    const asked = askedFor(command.arguments, environment);
    const terminal = createTerminal(asked.json ? command.errorOutput : command.output, redact);
    const result = await carryOut(asked, { ...command, root, environment }, terminal);
    if (asked.json) command.output.write(`${redact(JSON.stringify(result, null, 2))}\n`);
    return 0;
  } catch (error) {
    const problems = error instanceof DeployError ? error.problems : [String(error)];
    const terminal = createTerminal(command.errorOutput, redact);
    for (const problem of problems) terminal.say(`${problems.length > 1 ? '- ' : ''}${problem}`);
    return 1;
  }
}

interface Asked {
  readonly action: 'deploy' | 'remove' | 'help';
  readonly dryRun: boolean;
  readonly json: boolean;
}

function askedFor(args: readonly string[], environment: Environment): Asked {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'dry-run': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const [action = 'deploy', ...more] = positionals;
    if ((action !== 'deploy' && action !== 'remove') || more.length > 0) throw new Error('');
    return {
      action: values.help ? 'help' : action,
      // Without the "--", npm keeps the flag for itself; whoever forgets it must not deploy by that.
      dryRun: values['dry-run'] || environment['npm_config_dry_run'] === 'true',
      json: values.json,
    };
  } catch {
    throw new DeployError([`That is not understood. What there is:\n${USAGE}`]);
  }
}

async function carryOut(
  asked: Asked,
  options: Command & { readonly root: string },
  terminal: Terminal,
): Promise<object> {
  if (asked.action === 'help') {
    terminal.say(USAGE);
    return {};
  }
  const pace = options.pace ?? PACE;
  if (asked.action === 'remove') {
    const { settings, connection } = prepareRemoval(options);
    const what = `the function ${settings.name} in ${settings.region}`;
    if (asked.dryRun) {
      terminal.say(`Would remove ${what} and its public URL. Nothing was changed.`);
      return { removed: false };
    }
    const api = createScfApi(connection, settings.region, pace.pollMs);
    const isLocal = connection.loopback !== undefined;
    const removed = await remove({ settings, api, terminal, isLocal, pace });
    terminal.say(removed ? `Removed ${what}.` : `There is no ${what.slice(4)}; nothing to remove.`);
    return { removed };
  }
  const { settings, connection, code } = await prepare({ ...options, build: buildScf });
  const deployment: Deployment = {
    settings,
    code,
    terminal,
    api: createScfApi(connection, settings.region, pace.pollMs),
    isLocal: connection.loopback !== undefined,
    pace,
  };
  return asked.dryRun ? dryRun(deployment) : deployAndCall(deployment, pace);
}

async function dryRun(deployment: Deployment): Promise<object> {
  const { terminal } = deployment;
  const lines = (await stepsOf(deployment)).map(({ line }) => line);
  terminal.say(lines.length > 0 ? 'Would:' : 'Nothing would change.');
  for (const line of lines) terminal.say(`- ${line}`);
  return { wouldChange: lines };
}

async function deployAndCall(deployment: Deployment, pace: SmokeTestOptions): Promise<object> {
  const { settings, terminal } = deployment;
  const { changed, different, url, egressAddresses } = await deploy(deployment);
  terminal.say(changed.length > 0 ? 'Done.' : 'Nothing changed: the function is as it is described.');
  for (const line of different)
    terminal.say(`SCF tells back something else than was sent; the next deployment would again: ${line}.`);
  if (settings.fixedAddress) {
    const none = 'SCF has not told it yet; it is shown at the next deployment';
    terminal.say(`Fixed egress address: ${egressAddresses.length > 0 ? egressAddresses.join(', ') : none}`);
  }
  if (url === undefined) {
    throw new DeployError([
      `The function is deployed, but SCF's answers hold no public URL. Look at https://console.cloud.tencent.com/scf/list, function ${settings.name} in ${settings.region}, under "Function URL".`,
    ]);
  }
  terminal.say(`Public URL: ${url}`);
  terminal.progress('calling it');
  const health = await smokeTest(url, VERSION, pace);
  if (typeof health === 'string') {
    throw new DeployError([
      `The function is deployed, but ${url}/-/health fails: ${health}. Run "npm run doctor -- ${url}" to see why.`,
    ]);
  }
  terminal.say(`It answers, as version ${health.version}.`);
  return { changed, different, url, egressAddresses, health };
}
