import { DeployError } from './deploy-error';
import type { FunctionSettings } from './serverless-file';
import type { Terminal } from './terminal';

/** What a command did in one region of several. */
export type RegionResult =
  | ({ readonly region: string } & Readonly<Record<string, unknown>>)
  | { readonly region: string; readonly problems: readonly string[] };

/**
 * Runs a command in each region of the description, one after the other. A region that fails does not keep the command
 * from the next ones; its problems are thrown at the end, with those of all others.
 * @returns the result itself if there is one region, or `{ regions }`
 */
export async function inEachRegion(
  settings: FunctionSettings,
  terminal: Terminal,
  run: (settings: FunctionSettings) => Promise<object>,
): Promise<object> {
  if (settings.otherRegions.length === 0) return run(settings);
  const results: RegionResult[] = [];
  for (const [at, region] of [settings.region, ...settings.otherRegions].entries()) {
    terminal.say(`${at === 0 ? '' : '\n'}${region}:`);
    // A domain can lead to one region only.
    const customDomain = at === 0 ? settings.customDomain : undefined;
    try {
      results.push({ region, ...(await run({ ...settings, region, customDomain, otherRegions: [] })) });
    } catch (error) {
      const problems = error instanceof DeployError ? error.problems : [String(error)];
      for (const problem of problems) terminal.say(problem);
      results.push({ region, problems });
    }
  }
  const failed = results.filter((result) => isFailed(result));
  for (const line of summaryLines(results)) terminal.say(line);
  if (failed.length > 0)
    throw new RegionsError(
      results,
      failed.map(({ region }) => region),
    );
  return { regions: results };
}

/** Some of the regions failed; `result` has what each of them did. */
export class RegionsError extends DeployError {
  readonly result: { readonly regions: readonly RegionResult[] };

  constructor(results: readonly RegionResult[], failed: readonly string[]) {
    super([`${failed.join(', ')} failed; see above. The other regions are not affected.`]);
    this.result = { regions: results };
  }
}

function isFailed(result: RegionResult): boolean {
  return 'problems' in result;
}

function summaryLines(results: readonly RegionResult[]): string[] {
  const urls = results.flatMap((result) =>
    'url' in result && typeof result['url'] === 'string' ? [result['url']] : [],
  );
  if (urls.length === 0 && !results.some(isFailed)) return [];
  const lines = results.map((result) => {
    const outcome = isFailed(result) ? 'failed' : 'url' in result ? String(result['url']) : 'done';
    return `${result.region.padEnd(17)} ${outcome}`;
  });
  return urls.length < 2
    ? ['', ...lines]
    : ['', ...lines, `To see which one to use: npm run doctor -- ${urls.join(' ')} --token …`];
}
