import { readConnection } from '../connection';
import { consolePage } from '../console';
import { policyFor } from '../policy';
import { prepareSettings } from '../prepare';
import type { ActionContext } from './context';

/**
 * `npm run deploy -- policy`. The hint goes to standard error, so that the policy alone can be written to a file.
 * @returns the policy
 */
export function printPolicy({ parsed, place, terminal, errorOutput }: ActionContext): object {
  const { settings } = prepareSettings(place);
  const policy = policyFor(settings);
  if (!parsed.json) terminal.say(JSON.stringify(policy, null, 2));
  errorOutput.write(
    `Create it at ${consolePage('/cam/policy', readConnection(place.environment).site)} as a custom policy by policy syntax, and attach it to a sub-user. Most of these calls cannot be limited to one function, so its key can change every function of the account. It was not tried on a real account.\n`,
  );
  return policy;
}
