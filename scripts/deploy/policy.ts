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
 * each of its regions. A custom domain is not part of a function, and its actions are allowed for all domains.
 */
export function policyFor({
  name,
  region,
  otherRegions,
  publish,
  customDomain,
}: Pick<FunctionSettings, 'name' | 'region' | 'otherRegions' | 'publish' | 'customDomain'>): Policy {
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
      ...(customDomain
        ? [
            {
              effect: 'allow' as const,
              action: named(actions.filter((one) => one.endsWith('CustomDomain'))),
              resource: ['*'],
            },
          ]
        : []),
    ],
  };
}
