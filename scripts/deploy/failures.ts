import type { Site } from './console';
import { DeployError } from './deploy-error';
import { hasNeverRun } from './plan';
import { remedyFor } from './remedies';
import { isOutcomeUnknown } from './retries';
import { ScfError, type GetFunctionResponse } from './scf-api';
import type { FunctionSettings } from './serverless-file';

/** What a state of failure means, and what to do. */
export function failed(there: GetFunctionResponse, { name }: FunctionSettings): string {
  const { Status = '', StatusDesc, StatusReasons } = there;
  const reasons = (StatusReasons ?? []).map(({ ErrorCode, ErrorMessage }) =>
    [ErrorMessage, ErrorCode].filter((text) => text !== undefined && text !== '').join(' / '),
  );
  const why = [...reasons, StatusDesc ?? ''].filter((reason) => reason !== '').join('; ');
  const remedy = hasNeverRun(there)
    ? 'Nothing runs yet. Fix what it reports, and deploy again: it is then removed and created again.'
    : Status === 'CreateFailed'
      ? 'Nothing runs yet. Fix what it reports, then run "npm run deploy -- remove" and deploy again.'
      : 'Fix what it reports, and deploy again: everything is then sent again.';
  return `The function ${name} is ${Status}: ${why === '' ? 'SCF gives no reason' : why}. ${remedy}`;
}

/** Turns a rejected or lost call into an error with a remedy. */
export async function withRemedy<T>(
  action: string,
  { settings, site }: { readonly settings: FunctionSettings; readonly site: Site | undefined },
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ScfError)) throw error;
    const code = error.code === '' ? '' : ` (${error.code})`;
    // A rejected call changed nothing; a fault leaves it open.
    const state = isOutcomeUnknown(error)
      ? ''
      : ' This call changed nothing; the steps before it remain applied.';
    throw new DeployError(
      [`Could not ${action}: ${error.message}${code}.${state} ${remedyFor(error, settings, site)}`],
      { cause: error },
    );
  }
}
