import { CLS_ACTIONS } from '../shared/cls';
import { SCF_ACTIONS } from './scf-actions';
import type { FunctionSettings } from './serverless-file';

/** A policy of CAM, Tencent's access management. */
export interface Policy {
  readonly version: '2.0';
  readonly statement: readonly [
    { readonly effect: 'allow'; readonly action: readonly string[]; readonly resource: readonly ['*'] },
  ];
}

const VERSION_ACTION = /^(?:PublishVersion|ListVersionByFunction|UpdateAlias)$/;

/**
 * The smallest policy with which this function can be deployed and removed, and its log read: the calls that the commands
 * make for what serverless.yml describes, and no others.
 *
 * It does not name the function. CAM checks most of these calls by their name alone ("operation level", CreateTrigger
 * among them), and refuses such a call if the policy limits it to a resource:
 * https://cloud.tencent.com/document/product/598/70005
 */
export function policyFor({
  publish,
  customDomain,
  logs,
}: Pick<FunctionSettings, 'publish' | 'customDomain' | 'logs'>): Policy {
  const isNeeded = (action: string) =>
    (publish || !VERSION_ACTION.test(action)) &&
    (customDomain !== undefined || !action.endsWith('CustomDomain'));
  const action = [
    ...Object.keys(SCF_ACTIONS)
      .filter(isNeeded)
      .map((one) => `scf:${one}`),
    ...(logs ? Object.keys(CLS_ACTIONS).map((one) => `cls:${one}`) : []),
  ];
  return { version: '2.0', statement: [{ effect: 'allow', action, resource: ['*'] }] };
}
