import { ACCOUNT_REMEDIES } from './account-remedies';
import type { Site } from './console';
import { contextOf, type Remedy } from './remedy';
import type { ScfError } from './scf-error';
import type { FunctionSettings } from './serverless-file';

/** Runtimes that SCF is known to offer somewhere, the oldest that the bundle runs on first. */
const RUNTIMES = ['Nodejs18.15', 'Nodejs20.19', 'Nodejs22.21', 'Nodejs24.11'];

/** Tencent's errors that the function or the moment causes. */
const FUNCTION_REMEDIES: readonly Remedy[] = [
  {
    when: ({ code, message }) =>
      /Runtime/i.test(code) || (code.startsWith('InvalidParameter') && /\bruntime\b/i.test(message)),
    text: ({ settings: { runtime, region } }) =>
      `The region ${region} does not offer ${runtime}. Set inputs.runtime in serverless.yml to another: ${RUNTIMES.filter((one) => one !== runtime).join(', ')}. The bundle runs on all of them.`,
  },
  {
    when: ({ code }) => /^LimitExceeded\.Eip$|EipFixed|EipConfig/.test(code),
    text: ({ settings: { region } }) =>
      `Tencent gives no fixed egress address here: an account has a quota of 5 in a region. Set inputs.eip: false in serverless.yml, or turn the fixed address of another function in ${region} off. Without one the function works as well, but its address changes.`,
  },
  {
    when: ({ code }) => code.includes('UrlUsed'),
    text: ({ page, settings: { name, region } }) =>
      `A custom domain is bound to the public URL. Delete the domain at ${page('/scf')}, function ${name} in ${region}, and then repeat the command.`,
  },
  {
    when: ({ code }) => /^InvalidParameter(?:Value)?\.(?:Cls|LogFormat)|\.TopicNotExist$/.test(code),
    text: ({ page, settings: { name, region, logs } }) => {
      const place = `at ${page('/scf/list')}, function ${name} in ${region}, in the log settings of its configuration`;
      return logs
        ? `SCF does not accept the log's topic, which may have been deleted. Choose another ${place}, and deploy again.`
        : `SCF does not turn the log off by this call. Remove "logs: off" from serverless.yml, deploy again, and turn it off ${place}.`;
    },
  },
  {
    when: ({ code }) => /\.(?:InstanceConcurrencyConfig|DynamicEnabled|MaxConcurrency)$/.test(code),
    text: ({ settings: { region } }) =>
      `SCF in ${region} does not accept the number of requests per instance. Lower inputs.instanceConcurrencyConfig.maxConcurrency in serverless.yml, or set its enable to false: the function works as well, but each stream then has an instance of its own, which costs more.`,
  },
  {
    when: ({ code }) => /^LimitExceeded\.(?:Memory|Timeout|InitTimeout)$/.test(code),
    text: () =>
      'The account allows less than serverless.yml asks for. Lower inputs.memorySize, inputs.timeout or inputs.initTimeout, whichever the code names, or ask Tencent for more.',
  },
  {
    when: ({ code }) => code.startsWith('LimitExceeded'),
    text: () =>
      'A quota of the account is used up. Remove functions that are not needed, set eip: false if it is about addresses, or ask Tencent for more.',
  },
  {
    when: ({ code }) => code.startsWith('RequestLimitExceeded'),
    text: () => 'Tencent asks for fewer calls. Wait a minute, and deploy again.',
  },
  {
    when: ({ code }) =>
      /StatusError|StatusNotActive|OperationConflict|\.PublishVersion$|InProgress$|^ResourceInUse/.test(code),
    text: () => 'Something else is changing this function. Wait until that is done, and deploy again.',
  },
  {
    when: ({ code }) => code === '',
    text: () =>
      'No response arrived, so it is not known whether the call was applied. Deploy again: it continues from the current state. If your network has an HTTP proxy, set HTTPS_PROXY; SOCKS is not supported.',
  },
  {
    when: ({ code }) => /^(?:InternalError|ResourceUnavailable)/.test(code),
    text: () =>
      'This is a fault of Tencent’s, and it is not known whether the call was applied. Deploy again in a few minutes: it continues from the current state.',
  },
];

/** The account comes first: `InternalError.GetRoleError`, for example, is no fault that passes. */
const REMEDIES = [...ACCOUNT_REMEDIES, ...FUNCTION_REMEDIES];

/** What to do about a rejected or lost call. */
export function remedyFor(error: ScfError, settings: FunctionSettings, site?: Site): string {
  const remedy = REMEDIES.find(({ when }) => when(error));
  return (
    remedy?.text(contextOf(settings, site)) ??
    'Fix what it reports, and deploy again: it continues from the current state.'
  );
}
