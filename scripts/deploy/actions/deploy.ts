import { VERSION } from '../../../src/app/version';
import { buildScf } from '../../build/build';
import { announceAccess, reportAccess, saveAccess, withAccess, type DeploymentWithAccess } from '../access';
import { firstToken } from '../access-token';
import { consolePage } from '../console';
import { deploy, stepsOf } from '../deploy';
import { DeployError } from '../deploy-error';
import { domainDeployment, type DomainDeployment } from '../domain/apply';
import { prepare } from '../prepare';
import { inEachRegion } from '../regions';
import { describeRelease, smokeTest, type Release } from '../smoke-test';
import { checkDomain, deployDomain, laterLines, serveDeployed } from '../stages';
import { checkPercent, type VersionedDeployment } from '../versions/release';
import { domainOptions, regionTarget, type ActionContext } from './context';

type FullDeployment = VersionedDeployment & DeploymentWithAccess;

/** `npm run deploy`: creates or updates the function in each region, or says what that would change. */
export async function deployEverywhere(context: ActionContext): Promise<object> {
  const { parsed, place, terminal } = context;
  const prepared = await prepare({ ...place, build: buildScf, newToken: firstToken, allVariables: true });
  const { settings: all, connection, code, commit, notDeployed } = prepared;
  let isSaved = false;
  if (notDeployed.length > 0) terminal.say(`Set here but not deployed: ${notDeployed.join(', ')}.`);
  return inEachRegion(all, terminal, async (settings) => {
    const target = regionTarget(context, connection, settings);
    const deployment: FullDeployment = {
      ...(await withAccess({ ...target, code }, { ...prepared, settings }, place)),
      versions: target.api,
      percent: parsed.percent,
    };
    await checkPercent(deployment);
    const wanted = domainDeployment({ ...target, settings: deployment.settings }, domainOptions(context));
    const domain = wanted && { ...wanted, appId: await checkDomain(wanted, deployment) };
    if (parsed.dryRun) return dryRun(deployment, domain);
    // The functions of all regions get the same token.
    if (!isSaved) saveAccess(deployment.access, place, terminal);
    isSaved ||= deployment.access.kind === 'new-token';
    return deployAndCall({ ...deployment, domain }, { version: VERSION, commit }, context);
  });
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
  { pace, place }: ActionContext,
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
