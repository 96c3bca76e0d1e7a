import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from '../deploy';
import { DeployError } from '../deploy-error';
import { withRemedy } from '../failures';
import { plan } from '../plan';
import { describeRelease, type Release } from '../smoke-test';
import type { VersionsApi } from './calls';
import { LATEST, describeRoute, isSameRoute, routeFor, type Route } from './route';

/** A deployment that publishes a version. */
export interface VersionedDeployment extends Deployment {
  readonly versions: VersionsApi;
  /** The share of requests that the new version gets; `undefined` for all of them. */
  readonly percent: number | undefined;
}

/** What a deployment did about versions. */
export interface Released {
  readonly version: string;
  readonly route: Route;
  /** What was changed, in words. */
  readonly changed: readonly string[];
}

/** The published versions' numbers, ascending; $LATEST is not one of them. */
export async function publishedVersions(
  { settings }: Pick<Deployment, 'settings'>,
  versions: VersionsApi,
): Promise<readonly string[]> {
  const list = await versions.listVersions(settings.name);
  return list
    .map(({ Version }) => Version)
    .filter((version) => /^\d+$/.test(version))
    .sort((a, b) => Number(a) - Number(b));
}

/**
 * A gradual change starts from a published version: an update of $LATEST would reach all requests at once.
 * @throws DeployError before anything is changed
 */
export async function checkPercent(deployment: VersionedDeployment): Promise<void> {
  const { settings, percent, api, versions } = deployment;
  if (percent === undefined || percent >= 100) return;
  if (!settings.publish)
    throw new DeployError(['--percent needs versions. Set publish: true under inputs in serverless.yml.']);
  const isServed = await withRemedy('read which version is served', deployment, async () => {
    const there = await api.getFunction(settings.name);
    return there !== undefined && (await versions.getRoute(settings.name)).main !== LATEST;
  });
  if (!isServed)
    throw new DeployError([
      '--percent needs a published version that gets the other requests. Deploy once without it; the next deployment can be gradual.',
    ]);
}

/** What `release` would do, in words. */
export async function releaseLines(deployment: VersionedDeployment, isChanging: boolean): Promise<string[]> {
  const { settings, versions, percent, api } = deployment;
  const what = percent === undefined || percent >= 100 ? 'all requests' : `${percent} % of the requests`;
  const publishing = [`publish a version, and give it ${what}`];
  return withRemedy('read the versions', deployment, async () => {
    if (isChanging || !(await api.getFunction(settings.name))) return publishing;
    const newest = (await publishedVersions(deployment, versions)).at(-1);
    if (newest === undefined || !(await isCurrent(deployment, newest))) return publishing;
    const now = await versions.getRoute(settings.name);
    const route = routeFor(now, newest, percent);
    return isSameRoute(now, route) ? [] : [`serve ${describeRoute(route)}`];
  });
}

/** Publishes what was deployed, unless the newest version already is that, and lets the public URL serve it. */
export async function release(deployment: VersionedDeployment, what: Release): Promise<Released> {
  const { settings, versions, terminal, percent } = deployment;
  const changed: string[] = [];
  const did = (line: string) => {
    terminal.say(`- ${line}`);
    changed.push(line);
  };
  return withRemedy('publish a version', deployment, async () => {
    let version = (await publishedVersions(deployment, versions)).at(-1);
    if (version === undefined || !(await isCurrent(deployment, version))) {
      // SCF allows few characters in a description; a version's own is what `-- versions` shows.
      const described = describeRelease(what).replaceAll(/[^\w. ]/g, '');
      version = await versions.publishVersion(settings.name, described);
      version ??= (await publishedVersions(deployment, versions)).at(-1) ?? LATEST;
      await untilActive(deployment, version);
      did(`publish version ${version}`);
    }
    const now = await versions.getRoute(settings.name);
    const route = routeFor(now, version, percent);
    if (!isSameRoute(now, route)) {
      await versions.setRoute(settings.name, route);
      did(`serve ${describeRoute(route)}`);
    }
    return { version, route, changed };
  });
}

/** Whether a version has the code and the configuration that serverless.yml describes. */
async function isCurrent(
  { settings, code, versions }: VersionedDeployment,
  version: string,
): Promise<boolean> {
  const there = await versions.getVersion(settings.name, version);
  // A version has a description of its own.
  const wanted = { ...settings, description: there.function.Description ?? '' };
  const { steps } = plan(wanted, code.sha256, { ...there, triggers: [] });
  return !steps.some(({ kind }) => kind === 'code' || kind === 'configuration');
}

async function untilActive(
  { settings, versions, terminal, pace }: VersionedDeployment,
  version: string,
): Promise<void> {
  const endMs = performance.now() + pace.limitMs;
  for (;;) {
    const { function: there } = await versions.getVersion(settings.name, version);
    const { Status = 'Active' } = there;
    if (Status === 'Active') return;
    if (Status.endsWith('Failed') || performance.now() > endMs)
      throw new DeployError([
        `Version ${version} of ${settings.name} is ${Status}. The public URL serves what it served before. Deploy again.`,
      ]);
    terminal.progress(`waiting: version ${version} is ${Status}`);
    await sleep(pace.pollMs);
  }
}
