import type { Deployment } from './deploy';
import { DeployError } from './deploy-error';
import { announce, applyDomain, domainStepOf, type DomainDeployment } from './domain/apply';
import { appIdFrom, appIdIn } from './domain/dns-record';
import { withRemedy } from './failures';
import type { Step } from './plan';
import { findPublicUrl } from './public-address';
import { describeRelease, smokeTest, type Health, type Release, type SmokeTestOptions } from './smoke-test';
import { rollBack, type VersionsTarget } from './versions/commands';
import { release, releaseLines, type VersionedDeployment } from './versions/release';
import { LATEST, describeRoute, isSameRoute, type Route } from './versions/route';

/** What was done about the custom domain. */
export interface DomainOutcome {
  readonly url: string;
  /** In words; `undefined` if it was as described. */
  readonly changed: string | undefined;
  readonly health: Health;
}

/**
 * Says what is missing before anything is changed: the DNS record, and whether the domain is in other use.
 * @returns the account's number, if it is known
 */
export async function checkDomain(
  deployment: DomainDeployment,
  { api, isLocal }: Pick<Deployment, 'api' | 'isLocal'>,
): Promise<string | undefined> {
  const url =
    deployment.appId === undefined
      ? await currentUrl({ settings: deployment.settings, site: deployment.site, api, isLocal })
      : undefined;
  const appId = appIdFrom(deployment.appId, url);
  await announce({ ...deployment, appId });
  await domainStepOf(deployment);
  return appId;
}

/** The public URL that the function has now; `undefined` if there is none. */
function currentUrl(
  deployment: Pick<Deployment, 'settings' | 'site' | 'api' | 'isLocal'>,
): Promise<string | undefined> {
  const { settings, api, isLocal } = deployment;
  return withRemedy('read the current state', deployment, async () => {
    const there = await api.getFunction(settings.name);
    if (!there) return undefined;
    const triggers = await api.listTriggers(settings.name);
    return findPublicUrl({ function: there, codeSha256: undefined, triggers }, settings.trigger, isLocal);
  });
}

/** Makes the domain lead to the function, which responds already at its own URL, and calls it. */
export async function deployDomain(
  deployment: DomainDeployment,
  publicUrl: string,
  expected: Release | undefined,
  pace: SmokeTestOptions,
): Promise<DomainOutcome> {
  const { domain, terminal, effects } = deployment;
  const appId = deployment.appId ?? appIdIn(publicUrl);
  if (appId !== deployment.appId) await announce({ ...deployment, appId });
  const changed = await applyDomain({ ...deployment, appId });
  const url = `https://${domain.domain}`;
  terminal.say(`Custom domain: ${url}`);
  terminal.progress('calling it');
  const health = await smokeTest(url, expected, { ...pace, get: effects.get ?? pace.get });
  if (typeof health === 'string') {
    throw new DeployError([
      `The function is deployed and its public URL works, but ${url}/-/health fails: ${health}. A new domain needs some minutes. Then run "npm run doctor -- ${url}" to see why.`,
    ]);
  }
  terminal.say(`It responds with ${describeRelease(health)}.`);
  return { url, changed, health };
}

/** The steps of a deployment that come after those of the function itself, in words. */
export async function laterLines(
  deployment: VersionedDeployment,
  domain: DomainDeployment | undefined,
  steps: readonly Step[],
): Promise<string[]> {
  const isNew = steps.some(({ kind }) => kind === 'create');
  const lines = deployment.settings.publish
    ? await releaseLines(deployment, steps.length > 0)
    : isNew || !(await servesVersion(deployment))
      ? []
      : [`serve ${describeRoute({ main: LATEST })}`];
  const step = domain && (await domainStepOf(domain));
  return step ? [...lines, step.line] : lines;
}

/**
 * Lets the public URL serve what was deployed: a published version, or without versions the function itself.
 * @returns what was changed, in words
 */
export async function serveDeployed(
  deployment: VersionedDeployment,
  what: Release,
): Promise<readonly string[]> {
  if (!deployment.settings.publish) return serveFunctionItself(deployment);
  const { changed, route } = await release(deployment, what);
  if (route.additional)
    deployment.terminal.say(
      `The public URL serves ${describeRoute(route)}. Deploy again with another --percent, or without it for all requests; "npm run deploy -- rollback" ends the change.`,
    );
  return changed;
}

/** After `publish: true` or a rollback the URL serves a version, which no deployment would change. */
async function serveFunctionItself(deployment: VersionedDeployment): Promise<readonly string[]> {
  const { settings, versions, terminal } = deployment;
  if (!(await servesVersion(deployment))) return [];
  const route = { main: LATEST };
  const line = `serve ${describeRoute(route)}`;
  terminal.say(`- ${line}`);
  await withRemedy(line, deployment, () => versions.setRoute(settings.name, route));
  return [line];
}

async function servesVersion({ settings, versions }: VersionedDeployment): Promise<boolean> {
  // Whoever uses no versions may have a key that may not read this, and needs it not.
  const route = await versions.getRoute(settings.name).catch(() => ({ main: LATEST }));
  return !isSameRoute(route, { main: LATEST });
}

/** Rolls back, and calls the public URL. */
export async function rollBackAndCall(
  target: VersionsTarget & Pick<Deployment, 'isLocal'>,
  asked: { readonly version: string | undefined; readonly dryRun: boolean },
  pace: SmokeTestOptions,
): Promise<{ readonly route: Route; readonly health?: Health }> {
  const { terminal } = target;
  const route = await rollBack(target, asked.version, asked.dryRun);
  const url = asked.dryRun ? undefined : await currentUrl(target);
  if (url === undefined) return { route };
  terminal.progress('calling it');
  const health = await smokeTest(url, undefined, pace);
  if (typeof health === 'string')
    throw new DeployError([
      `The public URL serves ${describeRoute(route)}, but ${url}/-/health fails: ${health}. Run "npm run doctor -- ${url}" to see why.`,
    ]);
  terminal.say(`${url} responds with ${describeRelease(health)}.`);
  return { route, health };
}
