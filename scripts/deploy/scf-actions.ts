/**
 * Every call of Tencent's SCF API that a deployment makes. A call that is missing here does not compile, so that the
 * policy (policy.ts) has all of them and no others.
 */
export const SCF_ACTIONS = {
  GetFunction: 'read',
  GetFunctionAddress: 'read',
  ListTriggers: 'read',
  CreateFunction: 'write',
  UpdateFunctionCode: 'write',
  UpdateFunctionConfiguration: 'write',
  CreateTrigger: 'write',
  UpdateTrigger: 'write',
  DeleteFunction: 'write',
} as const satisfies Readonly<Record<string, 'read' | 'write'>>;

export type ScfAction = keyof typeof SCF_ACTIONS;
