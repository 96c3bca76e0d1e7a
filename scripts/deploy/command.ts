import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Environment } from '../../src/config/effective-value';
import { VERSION } from '../../src/app/version';
import { buildScf } from '../build/build';
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

const USAGE = `npm run deploy                 creates or updates the function that serverless.yml describes, and calls it
npm run deploy -- --dry-run    prints what that would change, and changes nothing
npm run deploy -- --percent 10 gives the new version 10 % of the requests (needs publish: true)
npm run deploy -- versions     lists the published versions
npm run deploy -- rollback     serves the version before; "rollback 3" version 3, "rollback latest" the last deployed
npm run deploy -- remove       deletes the function and its public URL
npm run deploy -- policy       prints the smallest CAM policy for the key that deploys it; sends nothing
                  --json       the result as JSON on standard output`;

export interface Command {
  readonly arguments: readonly string[];
  readonly environment: Environment;
  readonly output: Output;
  readonly errorOutput: Output;
  /** Where serverless.yml, .env and config/ are. */
  readonly root?: string;
  readonly pace?: Pace & SmokeTestOptions;
  readonly domainEffects?: DomainEffects;
}

/** A change takes SCF seconds; DNS needs up to a minute for a new host name. */
const PACE: Pace & SmokeTestOptions = { pollMs: 1_000, limitMs: 300_000, attempts: 30, pauseMs: 2_000 };

/** `npm run deploy`, with its inputs and outputs as parameters. Resolves with the exit status. */
export async function runCommand(command: Command): Promise<number> {
  const root = command.root ?? path.resolve(__dirname, '../..');
  const environment = environmentOf(root, command.environment);
  // The whole environment, because the deployed variables come from it.
  const redact = createDeployRedact(readConnection(environment).credentials, environment);
  let json = false;
  try {
    const parsed = parseArguments(command.arguments, environment);
    json = parsed.json;
    const terminal = createTerminal(parsed.json ? command.errorOutput : command.output, redact);
    const result = await runAction(parsed, { ...command, root, environment }, terminal);
    if (parsed.json) command.output.write(`${redact(JSON.stringify(result, null, 2))}\n`);
    return 0;
  } catch (error) {
    const problems = error instanceof DeployError ? error.problems : [String(error)];
    const terminal = createTerminal(command.errorOutput, redact);
    for (const problem of problems) terminal.say(`${problems.length > 1 ? '- ' : ''}${problem}`);
    if (json && error instanceof RegionsError)
      command.output.write(`${redact(JSON.stringify(error.result, null, 2))}\n`);
    return 1;
  }
}

const ACTIONS = ['deploy', 'remove', 'versions', 'rollback', 'policy'] as const;
type Action = (typeof ACTIONS)[number];

interface ParsedArguments {
  readonly action: Action | 'help';
  /** The version to roll back to. */
  readonly version: string | undefined;
  readonly percent: number | undefined;
  readonly dryRun: boolean;
  readonly json: boolean;
}

function parseArguments(args: readonly string[], environment: Environment): ParsedArguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'dry-run': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        percent: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const [given = 'deploy', version, ...more] = positionals;
    const action = ACTIONS.find((one) => one === given);
    const percent = values.percent === undefined ? undefined : percentIn(values.percent);
    if (action === undefined || more.length > 0) throw new Error('');
    if (version !== undefined && action !== 'rollback') throw new Error('');
    if (percent !== undefined && action !== 'deploy') throw new Error('');
    return {
      action: values.help ? 'help' : action,
      version,
      percent,
      // Without the "--", npm consumes the flag itself; forgetting it must not cause a deployment.
      dryRun: values['dry-run'] || environment['npm_config_dry_run'] === 'true',
      json: values.json,
    };
  } catch {
    throw new DeployError([`Unknown arguments. Usage:\n${USAGE}`]);
  }
}

function percentIn(text: string): number {
  const percent = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (percent < 1 || percent > 100) throw new Error('');
  return percent;
}

async function runAction(
  parsed: ParsedArguments,
  options: Command & { readonly root: string },
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
  const { settings: all, connection, code, commit } = await prepare({ ...options, build: buildScf });
  return inEachRegion(all, terminal, async (settings) => {
    const api = createScfApi(connection, settings.region, pace.pollMs);
    const isLocal = connection.loopback !== undefined;
    const deployment: VersionedDeployment = {
      settings,
      code,
      terminal,
      api,
      versions: api,
      percent: parsed.percent,
      isLocal,
      ...siteOf(connection),
      pace,
    };
    await checkPercent(deployment);
    const wanted = domainDeployment({ settings, api, terminal }, options);
    const domain = wanted && { ...wanted, appId: await checkDomain(wanted, deployment) };
    return parsed.dryRun
      ? dryRun(deployment, domain)
      : deployAndCall({ ...deployment, domain }, { version: VERSION, commit }, pace);
  });
}

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

async function dryRun(
  deployment: VersionedDeployment,
  domain: DomainDeployment | undefined,
): Promise<object> {
  const { terminal } = deployment;
  const steps = await stepsOf(deployment);
  const lines = [...steps.map(({ line }) => line), ...(await laterLines(deployment, domain, steps))];
  terminal.say(lines.length > 0 ? 'Steps a deployment would take:' : 'Nothing would change.');
  for (const line of lines) terminal.say(`- ${line}`);
  return { wouldChange: lines };
}

async function deployAndCall(
  deployment: VersionedDeployment & { readonly domain: DomainDeployment | undefined },
  release: Release,
  pace: SmokeTestOptions,
): Promise<object> {
  const { settings, terminal, site } = deployment;
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
  const domain = deployment.domain && (await deployDomain(deployment.domain, url, expected, pace));
  return { changed, different, url, egressAddresses, warnings, health, ...(domain ? { domain } : {}) };
}
