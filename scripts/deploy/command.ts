import path from 'node:path';
import type { Environment } from '../../src/config/effective-value';
import { VERSION } from '../../src/app/version';
import { buildScf } from '../build/build';
import {
  announceAccess,
  reportAccess,
  saveAccess,
  withAccess,
  type DeploymentWithAccess,
  type Place,
} from './access';
import { firstToken } from './access-token';
import { parseArguments, USAGE, type ParsedArguments } from './arguments';
import { environmentOf, readConnection, type Connection } from './connection';
import { consolePage } from './console';
import { deploy, remove, stepsOf, type Deployment, type Pace } from './deploy';
import { DeployError } from './deploy-error';
import { domainDeployment, removeDomain, type DomainDeployment, type DomainEffects } from './domain/apply';
import { policyFor } from './policy';
import { prepare, prepareRemoval, prepareSettings } from './prepare';
import { RegionsError, inEachRegion } from './regions';
import { createScfApi } from './scf-api';
import { createDeployRedact } from './secrets';
import { describeRelease, smokeTest, type Release, type SmokeTestOptions } from './smoke-test';
import { checkDomain, deployDomain, laterLines, rollBackAndCall, serveDeployed } from './stages';
import { createTerminal, type Output, type Terminal } from './terminal';
import { showVersions } from './versions/commands';
import { checkPercent, type VersionedDeployment } from './versions/release';
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
  const { credentials } = readConnection(environment);
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
    const result = await runAction(parsed, { ...command, ...place }, terminal);
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

async function runAction(
  parsed: ParsedArguments,
  options: Command & Place,
  terminal: Terminal,
): Promise<object> {
  if (parsed.action === 'help') {
    terminal.say(USAGE);
    return {};
  }
  if (parsed.action === 'policy') return printPolicy(options, parsed.json, terminal);
  const pace = options.pace ?? PACE;
  if (parsed.action === 'versions' || parsed.action === 'rollback') {
    const { settings: all, connection } = prepareRemoval(options);
    return inEachRegion(all, terminal, async (settings) => {
      const api = createScfApi(connection, settings.region, pace.pollMs);
      const target = { settings, api, terminal, isLocal: connection.loopback !== undefined };
      return parsed.action === 'versions'
        ? { versions: await showVersions(target) }
        : rollBackAndCall(target, parsed, pace);
    });
  }
  if (parsed.action === 'remove') {
    const { settings: all, connection } = prepareRemoval(options);
    return inEachRegion(all, terminal, async (settings) => {
      const what = `the function ${settings.name} in ${settings.region}`;
      if (parsed.dryRun) {
        terminal.say(`Would remove ${what} and its public URL. Nothing was changed.`);
        return { removed: false };
      }
      const api = createScfApi(connection, settings.region, pace.pollMs);
      const isLocal = connection.loopback !== undefined;
      const domain = domainDeployment({ settings, api, terminal }, options);
      if (domain && (await removeDomain(domain)))
        terminal.say(`Removed the custom domain ${domain.domain.domain}. Its DNS record can go as well.`);
      const removed = await remove({ settings, api, terminal, isLocal, pace, ...siteOf(connection) });
      terminal.say(removed ? `Removed ${what}.` : `There is no ${what.slice(4)}; nothing to remove.`);
      return { removed };
    });
  }
  const prepared = await prepare({ ...options, build: buildScf, newToken: firstToken, allVariables: true });
  const { settings: all, connection, code, commit, notDeployed } = prepared;
  let isSaved = false;
  if (notDeployed.length > 0) terminal.say(`Set here but not deployed: ${notDeployed.join(', ')}.`);
  return inEachRegion(all, terminal, async (settings) => {
    const api = createScfApi(connection, settings.region, pace.pollMs);
    const isLocal = connection.loopback !== undefined;
    const base = { settings, code, terminal, api, isLocal, pace, ...siteOf(connection) };
    const deployment: FullDeployment = {
      ...(await withAccess(base, { ...prepared, settings }, options)),
      versions: api,
      percent: parsed.percent,
    };
    await checkPercent(deployment);
    const wanted = domainDeployment({ settings: deployment.settings, api, terminal }, options);
    const domain = wanted && { ...wanted, appId: await checkDomain(wanted, deployment) };
    if (parsed.dryRun) return dryRun(deployment, domain);
    // The functions of all regions get the same token.
    if (!isSaved) saveAccess(deployment.access, options, terminal);
    isSaved ||= deployment.access.kind === 'new-token';
    return deployAndCall({ ...deployment, domain }, { version: VERSION, commit }, options);
  });
}

type FullDeployment = VersionedDeployment & DeploymentWithAccess;

function siteOf({ site }: Connection): Pick<Deployment, 'site'> {
  return site === undefined ? {} : { site };
}

/** The hint goes to standard error, so that the policy alone can be written to a file. */
function printPolicy(
  options: Command & { readonly root: string },
  json: boolean,
  terminal: Terminal,
): object {
  const { settings } = prepareSettings(options);
  const policy = policyFor(settings);
  if (!json) terminal.say(JSON.stringify(policy, null, 2));
  options.errorOutput.write(
    `Create it at ${consolePage('/cam/policy', readConnection(options.environment).site)} as a custom policy by policy syntax, and attach it to a sub-user. It was not tried on a real account: if Tencent still refuses a call, replace the resource by "*".\n`,
  );
  return policy;
}

async function dryRun(deployment: FullDeployment, domain: DomainDeployment | undefined): Promise<object> {
  const { terminal, access } = deployment;
  announceAccess(access, terminal);
  const steps = await stepsOf(deployment);
  const lines = [...steps.map(({ line }) => line), ...(await laterLines(deployment, domain, steps))];
  terminal.say(lines.length > 0 ? 'Steps a deployment would take:' : 'Nothing would change.');
  for (const line of lines) terminal.say(`- ${line}`);
  return { wouldChange: lines };
}

async function deployAndCall(
  deployment: FullDeployment & { readonly domain: DomainDeployment | undefined },
  release: Release,
  { pace = PACE, ...place }: Command & Place,
): Promise<object> {
  const { settings, terminal, site, access } = deployment;
  const outcome = await deploy(deployment);
  const { different, url, egressAddresses, warnings } = outcome;
  const changed = [...outcome.changed, ...(await serveDeployed(deployment, release))];
  terminal.say(
    changed.length > 0 ? 'Done.' : 'Nothing changed: the function already matches serverless.yml.',
  );
  for (const line of different)
    terminal.say(
      `SCF reports other values than were sent; the next deployment would send them again: ${line}.`,
    );
  for (const warning of warnings) terminal.say(warning);
  if (settings.fixedAddress) {
    const none = 'SCF has not reported it yet; the next deployment shows it';
    terminal.say(`Fixed egress address: ${egressAddresses.length > 0 ? egressAddresses.join(', ') : none}`);
  }
  if (url === undefined) {
    throw new DeployError([
      `The function is deployed, but SCF's responses contain no public URL. Find it at ${consolePage('/scf/list', site)}, function ${settings.name} in ${settings.region}, under "Function URL".`,
    ]);
  }
  terminal.say(`Public URL: ${url}`);
  terminal.progress('calling it');
  // During a gradual change either version may respond.
  const expected = (deployment.percent ?? 100) < 100 ? undefined : release;
  const health = await smokeTest(url, expected, pace);
  if (typeof health === 'string') {
    throw new DeployError([
      `The function is deployed, but ${url}/-/health fails: ${health}. Run "npm run doctor -- ${url}" to see why.`,
    ]);
  }
  terminal.say(`It responds with ${describeRelease(health)}.`);
  reportAccess(access, url, place, terminal);
  const domain = deployment.domain && (await deployDomain(deployment.domain, url, expected, pace));
  return { changed, different, url, egressAddresses, warnings, health, ...(domain ? { domain } : {}) };
}
