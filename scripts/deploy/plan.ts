import { CONFIGURATION, type ConfigurationParameters } from './configuration';
import type { GetFunctionResponse, TriggerInfo } from './scf-api';
import type { FunctionSettings, TriggerSettings } from './serverless-file';
import { descriptionOf } from './trigger-description';
import { isSameHash } from './zip';

/** A function's current state. */
export interface Found {
  readonly function: GetFunctionResponse;
  readonly codeSha256: string | undefined;
  readonly triggers: readonly TriggerInfo[];
}

/** One call that writes, and what it does in words. */
export type Step = { readonly line: string } & (
  | { readonly kind: 'remove' }
  | { readonly kind: 'create'; readonly parameters: ConfigurationParameters }
  | { readonly kind: 'code' }
  | { readonly kind: 'configuration'; readonly parameters: ConfigurationParameters }
  | { readonly kind: 'create-trigger'; readonly parameters: TriggerParameters }
  | { readonly kind: 'update-trigger'; readonly parameters: TriggerParameters }
);

export interface TriggerParameters {
  readonly TriggerName: string;
  readonly Type: 'http';
  readonly Qualifier: string;
  readonly Enable: 'OPEN';
  readonly TriggerDesc: string;
}

/** The steps to take, and the conflicts that no step can resolve. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly conflicts: readonly string[];
}

/** Compares the described state with the current one. There are steps only for what differs. */
export function plan(wanted: FunctionSettings, sha256: string, found: Found | undefined): Plan {
  if (!found) return { steps: [creation(wanted), triggerStep(wanted.trigger)], conflicts: [] };
  if (hasNeverRun(found.function) && isWebFunction(found.function))
    return { steps: [removal(wanted), creation(wanted), triggerStep(wanted.trigger)], conflicts: [] };
  const conflicts = conflictsOf(wanted, found.function);
  if (conflicts.length > 0) return { steps: [], conflicts };
  // After a failed update either state may be in force, whatever the responses say: send everything again.
  const again = (found.function.Status ?? '').endsWith('Failed');
  const trigger = triggerOf(found.triggers, wanted.trigger);
  const steps = [
    again || !isSameHash(found.codeSha256, sha256) ? CODE_STEP : undefined,
    configurationStep(wanted, found.function, again),
    trigger && isAsWanted(trigger, wanted.trigger) ? undefined : triggerStep(wanted.trigger, trigger),
  ];
  return { steps: steps.filter((step) => step !== undefined), conflicts: [] };
}

/** Whether its creation failed, so that nothing is lost with it: no version of it was ever Active, and it has no URL. */
export function hasNeverRun({ Status, Triggers }: GetFunctionResponse): boolean {
  return Status === 'CreateFailed' && (Triggers ?? []).length === 0;
}

/** The Function URL of the qualifier; each qualifier can have one. */
export function triggerOf(
  triggers: readonly TriggerInfo[],
  { qualifier }: TriggerSettings,
): TriggerInfo | undefined {
  return triggers.find((one) => one.Type === 'http' && (one.Qualifier ?? '$LATEST') === qualifier);
}

const CODE_STEP: Step = { kind: 'code', line: 'send the code, which has changed' };

function removal({ name }: FunctionSettings): Step {
  return { kind: 'remove', line: `remove the function ${name}, whose creation failed: it has never run` };
}

function creation(wanted: FunctionSettings): Step {
  const names = Object.keys(wanted.environment);
  const facts = [
    `${wanted.runtime}, ${wanted.memoryMb} MB, ${wanted.timeoutSeconds} s`,
    `${wanted.maxConcurrency ?? 1} requests per instance`,
    wanted.fixedAddress ? 'a fixed egress address' : 'no fixed egress address',
    names.length > 0 ? `variables ${names.join(', ')}` : 'no variables',
  ];
  const parameters = Object.assign(
    {},
    ...CONFIGURATION.map((row) => row.parameters(wanted)),
  ) as ConfigurationParameters;
  return {
    kind: 'create',
    line: `create the function ${wanted.name} in ${wanted.region}: ${facts.join('; ')}`,
    // A new function has no values to clear.
    parameters: Object.fromEntries(
      Object.entries(parameters).filter(
        ([name]) =>
          !(name === 'Environment' && names.length === 0) &&
          !(name === 'Description' && wanted.description === '') &&
          !(name === 'InstanceConcurrencyConfig' && wanted.maxConcurrency === undefined),
      ),
    ),
  };
}

function isWebFunction({ Type }: GetFunctionResponse): boolean {
  return Type === undefined || Type === 'HTTP';
}

function conflictsOf(wanted: FunctionSettings, there: GetFunctionResponse): string[] {
  const remedy = (setBack: string) =>
    `It cannot be changed: set ${setBack} in serverless.yml, or run "npm run deploy -- remove" and deploy again (the public URL will change).`;
  const conflicts: string[] = [];
  if (!isWebFunction(there))
    conflicts.push(
      `The existing function ${wanted.name} has the type ${there.Type ?? 'unknown'}, not web. ${remedy('another inputs.name')}`,
    );
  // The field may be null (the SDK's comment); then the runtime is unknown, and no conflict is reported.
  if (typeof there.Runtime === 'string' && there.Runtime !== wanted.runtime)
    conflicts.push(
      `The function ${wanted.name} has the runtime ${there.Runtime}. ${remedy(`inputs.runtime: ${there.Runtime}`)}`,
    );
  return conflicts;
}

function configurationStep(
  wanted: FunctionSettings,
  there: GetFunctionResponse,
  again: boolean,
): Step | undefined {
  const rows = CONFIGURATION.map((row) => ({ row, difference: row.difference(there, wanted) })).filter(
    ({ difference }) => again || difference !== undefined,
  );
  if (rows.length === 0) return undefined;
  const lines = rows.map(({ difference }) => difference).filter((line) => line !== undefined);
  return {
    kind: 'configuration',
    line: `change the configuration: ${lines.length > 0 ? lines.join(', ') : 'everything again, because the last update failed'}`,
    parameters: Object.assign(
      {},
      ...rows.map(({ row }) => row.parameters(wanted)),
    ) as ConfigurationParameters,
  };
}

function triggerStep(wanted: TriggerSettings, there?: TriggerInfo): Step {
  return {
    kind: there ? 'update-trigger' : 'create-trigger',
    line: there ? 'change the public URL: open to the internet, no sign-in' : 'create the public URL',
    parameters: {
      TriggerName: there?.TriggerName ?? wanted.name,
      Type: 'http',
      Qualifier: wanted.qualifier,
      Enable: 'OPEN',
      TriggerDesc: JSON.stringify({
        AuthType: wanted.authType,
        NetConfig: { EnableIntranet: wanted.intranet, EnableExtranet: wanted.extranet },
      }),
    },
  };
}

function isAsWanted(there: TriggerInfo, wanted: TriggerSettings): boolean {
  const { AuthType, NetConfig } = descriptionOf(there);
  return (
    there.Enable !== 0 &&
    AuthType === wanted.authType &&
    (NetConfig?.EnableIntranet ?? false) === wanted.intranet &&
    (NetConfig?.EnableExtranet ?? false) === wanted.extranet
  );
}
