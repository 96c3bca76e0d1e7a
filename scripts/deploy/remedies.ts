import type { ScfError } from './scf-api';
import type { FunctionSettings } from './serverless-file';

/** Runtimes that SCF is known to offer somewhere, the oldest that the bundle runs on first. */
const RUNTIMES = ['Nodejs18.15', 'Nodejs20.19', 'Nodejs22.21', 'Nodejs24.11'];

interface Remedy {
  readonly when: (error: ScfError) => boolean;
  readonly text: (settings: FunctionSettings) => string;
}

/** The one table of Tencent's errors that have a specific remedy. */
const REMEDIES: readonly Remedy[] = [
  {
    when: ({ code, message }) =>
      /Runtime/i.test(code) || (code.startsWith('InvalidParameter') && /\bruntime\b/i.test(message)),
    text: ({ runtime, region }) =>
      `The region ${region} does not offer ${runtime}. Set inputs.runtime in serverless.yml to another: ${RUNTIMES.filter((one) => one !== runtime).join(', ')}. The bundle runs on all of them.`,
  },
  {
    when: ({ code }) => code.startsWith('AuthFailure.SignatureExpire'),
    text: () => "This machine's clock is wrong. Set it, and deploy again.",
  },
  {
    when: ({ code }) => code.startsWith('AuthFailure'),
    text: () =>
      'Tencent does not accept the credentials. Check TENCENT_SECRET_ID, TENCENT_SECRET_KEY and, for temporary ones, TENCENT_TOKEN.',
  },
  {
    when: ({ code }) => code.startsWith('UnauthorizedOperation') || /CAM/i.test(code),
    text: () =>
      'The account of this key is not permitted to do this. Give it the policy QcloudSCFFullAccess at https://console.cloud.tencent.com/cam.',
  },
  {
    when: ({ code }) => /InsufficientBalance|Arrears/i.test(code),
    text: () => "The account has no balance. Top it up at Tencent's console.",
  },
  {
    when: ({ code }) => code.startsWith('LimitExceeded') || code.startsWith('ResourceInsufficient'),
    text: () =>
      'A quota of the account is used up. Remove functions that are not needed, set eip: false if it is about addresses, or ask Tencent for more.',
  },
  {
    when: ({ code }) => code.startsWith('RequestLimitExceeded'),
    text: () => 'Tencent asks for fewer calls. Wait a minute, and deploy again.',
  },
  {
    when: ({ code }) => code.startsWith('UnsupportedRegion'),
    text: () => 'Tencent does not offer SCF in this region. Choose another inputs.region in serverless.yml.',
  },
  {
    when: ({ code }) => /StatusError|ResourceInUse\.Function/.test(code),
    text: () => 'Something else is changing this function. Wait until that is done, and deploy again.',
  },
  {
    when: ({ code }) => code === '',
    text: () =>
      'No response arrived, so it is not known whether the call was applied. Deploy again: it continues from the current state.',
  },
];

/** What to do about a rejected or lost call. */
export function remedyFor(error: ScfError, settings: FunctionSettings): string {
  const remedy = REMEDIES.find(({ when }) => when(error));
  return (
    remedy?.text(settings) ?? 'Fix what it reports, and deploy again: it continues from the current state.'
  );
}
