import { CLS_ACTIONS } from '../shared/cls';
import { SCF_ACTIONS } from './scf-actions';
import type { FunctionSettings } from './serverless-file';

/** A policy of CAM, Tencent's access management. */
export interface Policy {
  readonly version: '2.0';
  readonly statement: readonly {
    readonly effect: 'allow';
    readonly action: readonly string[];
    readonly resource: readonly string[];
  }[];
}

const VERSION_ACTION = /^(?:PublishVersion|ListVersionByFunction|UpdateAlias)$/;

/**
 * The smallest policy with which this function can be deployed and removed: the calls of scf-actions.ts, for it alone in
 * each of its regions. A custom domain is not part of a function, and its actions are allowed for all domains. The log is
 * read for all topics: SCF makes the function's own only with the function.
 */
export function policyFor({
  name,
  region,
  otherRegions,
  publish,
  customDomain,
  logs,
}: Pick<FunctionSettings, 'name' | 'region' | 'otherRegions' | 'publish' | 'customDomain' | 'logs'>): Policy {
  const actions = Object.keys(SCF_ACTIONS);
  const named = (list: readonly string[]) => list.map((action) => `scf:${action}`);
  return {
    version: '2.0',
    statement: [
      {
        effect: 'allow',
        action: named(
          actions.filter((one) => !one.endsWith('CustomDomain') && (publish || !VERSION_ACTION.test(one))),
        ),
        // An empty account stands for the one in which the policy is created.
        resource: [region, ...otherRegions].map(
          (one) => `qcs::scf:${one}::namespace/default/function/${name}`,
        ),
      },
      ...(customDomain ? [allowAll(named(actions.filter((one) => one.endsWith('CustomDomain'))))] : []),
      ...(logs ? [allowAll(Object.keys(CLS_ACTIONS).map((action) => `cls:${action}`))] : []),
    ],
  };
}

function allowAll(action: readonly string[]): Policy['statement'][number] {
  return { effect: 'allow', action, resource: ['*'] };
}
