import path from 'node:path';
import type { Environment } from '../../src/config/effective-value';
import type { Place } from './access';
import type { ActionContext } from './actions/context';
import { deployEverywhere } from './actions/deploy';
import { printPolicy } from './actions/policy';
import { removeEverywhere } from './actions/remove';
import { versionsEverywhere } from './actions/versions';
import { parseArguments, USAGE, type ParsedArguments } from './arguments';
import { environmentOf, readConnection } from './connection';
import type { Pace } from './deploy';
import { DeployError } from './deploy-error';
import type { DomainEffects } from './domain/apply';
import { httpGet } from './http-get';
import { RegionsError } from './regions';
import { createDeployRedact } from './secrets';
import type { SmokeTestOptions } from './smoke-test';
import { createTerminal, type Output } from './terminal';
import { untilInterrupted, watchAndDeploy, type WatchOptions } from './watch';

const ROOT = path.resolve(__dirname, '../..');

export interface Command {
  readonly arguments: readonly string[];
  readonly environment: Environment;
  readonly output: Output;
  readonly errorOutput: Output;
  /** Where serverless.yml, .env and config/ are. */
  readonly root?: string;
  readonly pace?: Pace & SmokeTestOptions;
  readonly domainEffects?: DomainEffects;
  /** How `--watch` notices changes, and what ends it. */
  readonly watch?: Pick<WatchOptions, 'watcher' | 'timer' | 'signal'>;
}

/** A change takes SCF seconds; DNS needs up to a minute for a new host name. */
const PACE: Pace & SmokeTestOptions = { pollMs: 1_000, limitMs: 300_000, attempts: 30, pauseMs: 2_000 };

/** `npm run deploy`, with its inputs and outputs as parameters. Resolves with the exit status. */
export async function runCommand(command: Command): Promise<number> {
  const root = command.root ?? ROOT;
  const parsed = parsedOrUndefined(command);
  if (!parsed?.watch) return runOnce(command);
  const signal = command.watch?.signal ?? untilInterrupted();
  const output = parsed.json ? command.errorOutput : command.output;
  const say = (line: string) => output.write(`${line}\n`);
  await watchAndDeploy({ ...command.watch, root, signal, say, deploy: () => runOnce(command) });
  return 0;
}

/** `undefined` if the arguments are wrong, which `runOnce` reports. */
function parsedOrUndefined({ arguments: args, environment }: Command): ParsedArguments | undefined {
  try {
    return parseArguments(args, environment);
  } catch {
    return undefined;
  }
}

async function runOnce(command: Command): Promise<number> {
  const root = command.root ?? ROOT;
  const environment = environmentOf(root, command.environment);
  const { credentials, httpProxy } = readConnection(environment);
  // The whole environment, because the deployed variables come from it.
  let redact = createDeployRedact(credentials, environment);
  const mask = (text: string) => redact(text);
  let json = false;
  try {
    const parsed = parseArguments(command.arguments, environment);
    json = parsed.json;
    const output = parsed.json ? command.errorOutput : command.output;
    const place: Place = {
      root,
      environment,
      hide(deployed) {
        redact = createDeployRedact(credentials, { ...environment, ...deployed });
      },
      reveal(line) {
        output.write(`${line}\n`);
      },
    };
    const terminal = createTerminal(output, mask);
    const result = await runAction({
      parsed,
      place,
      terminal,
      errorOutput: command.errorOutput,
      pace: { get: httpGet(httpProxy), ...(command.pace ?? PACE) },
      domainEffects: command.domainEffects,
    });
    if (parsed.json) command.output.write(`${redact(JSON.stringify(result, null, 2))}\n`);
    return 0;
  } catch (error) {
    const problems = error instanceof DeployError ? error.problems : [String(error)];
    const terminal = createTerminal(command.errorOutput, mask);
    for (const problem of problems) terminal.say(`${problems.length > 1 ? '- ' : ''}${problem}`);
    if (json && error instanceof RegionsError)
      command.output.write(`${redact(JSON.stringify(error.result, null, 2))}\n`);
    return 1;
  }
}

async function runAction(context: ActionContext): Promise<object> {
  switch (context.parsed.action) {
    case 'help':
      context.terminal.say(USAGE);
      return {};
    case 'policy':
      return printPolicy(context);
    case 'versions':
    case 'rollback':
      return versionsEverywhere(context);
    case 'remove':
      return removeEverywhere(context);
    case 'deploy':
      return deployEverywhere(context);
  }
}
