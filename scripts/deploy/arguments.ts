import { parseArgs } from 'node:util';
import type { Environment } from '../../src/config/effective-value';
import { DeployError } from './deploy-error';

export const USAGE = `npm run deploy                 creates or updates the function that serverless.yml describes, and calls it
npm run deploy -- --dry-run    prints what that would change, and changes nothing
npm run deploy -- --watch      deploys, and again whenever serverless.yml, .env, config/ or the sources change
npm run deploy -- --percent 10 gives the new version 10 % of the requests (needs publish: true)
npm run deploy -- versions     lists the published versions
npm run deploy -- rollback     serves the version before; "rollback 3" version 3, "rollback latest" the last deployed
npm run deploy -- remove       deletes the function and its public URL
npm run deploy -- policy       prints the smallest CAM policy for the key that deploys it; sends nothing
                  --json       the result as JSON on standard output`;

const ACTIONS = ['deploy', 'remove', 'versions', 'rollback', 'policy'] as const;
type Action = (typeof ACTIONS)[number];

export interface ParsedArguments {
  readonly action: Action | 'help';
  /** The version to roll back to. */
  readonly version: string | undefined;
  readonly percent: number | undefined;
  readonly dryRun: boolean;
  /** Whether to deploy again after each change. */
  readonly watch: boolean;
  readonly json: boolean;
}

/** @throws DeployError with the usage */
export function parseArguments(args: readonly string[], environment: Environment): ParsedArguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'dry-run': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        watch: { type: 'boolean', default: false },
        percent: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const [given = 'deploy', version, ...more] = positionals;
    const action = ACTIONS.find((one) => one === given);
    const percent = values.percent === undefined ? undefined : percentIn(values.percent);
    if (action === undefined || more.length > 0) throw new Error('');
    if (version !== undefined && action !== 'rollback') throw new Error('');
    if ((percent !== undefined || values.watch) && action !== 'deploy') throw new Error('');
    return {
      action: values.help ? 'help' : action,
      version,
      percent,
      // Without the "--", npm consumes the flag itself; forgetting it must not cause a deployment.
      dryRun: values['dry-run'] || environment['npm_config_dry_run'] === 'true',
      watch: values.watch && !values.help,
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
