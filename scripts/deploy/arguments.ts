import { parseArgs } from 'node:util';
import type { Environment } from '../../src/config/effective-value';
import { DeployError } from './deploy-error';

export const USAGE = `npm run deploy                 creates or updates the function that serverless.yml describes, and calls it
npm run deploy -- --dry-run    prints what that would change, and changes nothing
npm run deploy -- --watch      deploys, and again whenever serverless.yml, .env, config/ or the sources change
npm run deploy -- remove       deletes the function and its public URL
npm run deploy -- policy       prints the smallest CAM policy for the key that deploys it; sends nothing
                  --json       the result as JSON on standard output`;

export interface ParsedArguments {
  readonly action: 'deploy' | 'remove' | 'policy' | 'help';
  readonly dryRun: boolean;
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
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const [action = 'deploy', ...more] = positionals;
    if (!isAction(action) || more.length > 0) throw new Error('');
    return {
      action: values.help ? 'help' : action,
      // Without the "--", npm consumes the flag itself; forgetting it must not cause a deployment.
      dryRun: values['dry-run'] || environment['npm_config_dry_run'] === 'true',
      json: values.json,
    };
  } catch {
    throw new DeployError([`Unknown arguments. Usage:\n${USAGE}`]);
  }
}

function isAction(text: string): text is 'deploy' | 'remove' | 'policy' {
  return text === 'deploy' || text === 'remove' || text === 'policy';
}
