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

/** The smallest policy with which this function can be deployed and removed: the calls of scf-actions.ts, for it alone. */
export function policyFor({ name, region }: Pick<FunctionSettings, 'name' | 'region'>): Policy {
  return {
    version: '2.0',
    statement: [
      {
        effect: 'allow',
        action: Object.keys(SCF_ACTIONS).map((action) => `scf:${action}`),
        // An empty account stands for the one in which the policy is created.
        resource: [`qcs::scf:${region}::namespace/default/function/${name}`],
      },
    ],
  };
}
