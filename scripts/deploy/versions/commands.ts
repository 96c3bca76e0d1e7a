import type { Site } from '../console';
import { DeployError } from '../deploy-error';
import { withRemedy } from '../failures';
import type { ScfApi } from '../scf-api';
import type { FunctionSettings } from '../serverless-file';
import type { Terminal } from '../terminal';
import type { VersionsApi } from './calls';
import { publishedVersions } from './release';
import { LATEST, describeRoute, isSameRoute, routeBefore, type Route } from './route';

/** The function whose versions are shown or changed. */
export interface VersionsTarget {
  readonly settings: FunctionSettings;
  readonly api: ScfApi & VersionsApi;
  readonly terminal: Terminal;
  /** Which of Tencent's sites the account belongs to; `undefined` if that is not known. */
  readonly site: Site | undefined;
}

/** A version, as `npm run deploy -- versions --json` has it. */
export interface ListedVersion {
  readonly version: string;
  readonly published: string;
  readonly description: string;
  /** The share of requests that it gets. */
  readonly percent: number;
}

/** `npm run deploy -- versions`: the published versions, the newest first, and which ones the public URL serves. */
export async function showVersions(target: VersionsTarget): Promise<readonly ListedVersion[]> {
  const { settings, api, terminal } = target;
  return withRemedy('list the versions', target, async () => {
    await checkFunction(target);
    const [all, route] = [await api.listVersions(settings.name), await api.getRoute(settings.name)];
    const versions = all
      .filter(({ Version }) => /^\d+$/.test(Version))
      .sort((a, b) => Number(b.Version) - Number(a.Version))
      .map(({ Version, AddTime, Description }) => ({
        version: Version,
        published: AddTime ?? '',
        description: Description ?? '',
        percent: percentOf(route, Version),
      }));
    terminal.say(`The public URL of ${settings.name} in ${settings.region} serves ${describeRoute(route)}.`);
    for (const { version, published, description, percent } of versions)
      terminal.say(
        `${version.padStart(4)}  ${published}  ${description}${percent > 0 ? `  ← ${percent} % of the requests` : ''}`,
      );
    if (versions.length === 0)
      terminal.say(
        'There is no published version. With publish: true in serverless.yml each deployment makes one.',
      );
    return versions;
  });
}

/**
 * `npm run deploy -- rollback [version]`: lets the public URL serve an earlier version.
 * @param asked a version's number, or `latest` for what was deployed last; by default the version before
 */
export async function rollBack(
  target: VersionsTarget,
  asked: string | undefined,
  dryRun: boolean,
): Promise<Route> {
  const { settings, api, terminal } = target;
  return withRemedy('roll back', target, async () => {
    await checkFunction(target);
    const published = await publishedVersions(target, api);
    const now = await api.getRoute(settings.name);
    const route = routeAsked(now, published, asked);
    if (isSameRoute(now, route)) {
      terminal.say(`Nothing changed: the public URL already serves ${describeRoute(now)}.`);
      return now;
    }
    const change = `${describeRoute(now)} → ${describeRoute(route)}`;
    if (dryRun) {
      terminal.say(`Would change what the public URL serves: ${change}. Nothing was changed.`);
      return now;
    }
    await api.setRoute(settings.name, route);
    terminal.say(`The public URL in ${settings.region} serves another version: ${change}.`);
    return route;
  });
}

function routeAsked(now: Route, published: readonly string[], asked: string | undefined): Route {
  const known = `Published: ${published.length > 0 ? published.join(', ') : 'none'}.`;
  if (asked === undefined) {
    const before = routeBefore(now, published);
    if (before) return before;
    throw new DeployError([
      `There is no version before the one that the public URL serves. ${known} With publish: true in serverless.yml each deployment makes one.`,
    ]);
  }
  const version = asked.toLowerCase() === 'latest' ? LATEST : asked;
  if (version === LATEST || published.includes(version)) return { main: version };
  throw new DeployError([`There is no version ${asked}. ${known}`]);
}

async function checkFunction({ settings, api }: VersionsTarget): Promise<void> {
  if (await api.getFunction(settings.name)) return;
  throw new DeployError([
    `There is no function ${settings.name} in ${settings.region}. Run "npm run deploy" first.`,
  ]);
}

function percentOf({ main, additional }: Route, version: string): number {
  if (additional?.version === version) return additional.percent;
  return main === version ? 100 - (additional?.percent ?? 0) : 0;
}
