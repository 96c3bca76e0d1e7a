import type { CreateFunctionRequest, GetFunctionResponse } from './scf-api';
import type { FunctionSettings } from './serverless-file';

/** What both a creation and an update of the configuration may carry. */
export type ConfigurationParameters = Pick<
  CreateFunctionRequest,
  | 'Description'
  | 'MemorySize'
  | 'Timeout'
  | 'InitTimeout'
  | 'Environment'
  | 'PublicNetConfig'
  | 'InstanceConcurrencyConfig'
  | 'ClsLogsetId'
  | 'ClsTopicId'
>;

/** One part of the configuration that can be changed. */
export interface ConfigurationRow {
  /** What differs, in words and without a variable's value; `undefined` if nothing does. */
  readonly difference: (there: GetFunctionResponse, wanted: FunctionSettings) => string | undefined;
  readonly parameters: (wanted: FunctionSettings) => ConfigurationParameters;
}

/** The one table of what is compared and sent. Other settings of a function are left unchanged. */
export const CONFIGURATION: readonly ConfigurationRow[] = [
  {
    difference: (there, { description }) =>
      (there.Description ?? '') === description ? undefined : 'description',
    parameters: ({ description }) => ({ Description: description }),
  },
  {
    difference: (there, { memoryMb }) => changed('memory', there.MemorySize, memoryMb, ' MB'),
    parameters: ({ memoryMb }) => ({ MemorySize: memoryMb }),
  },
  {
    difference: (there, { timeoutSeconds }) => changed('timeout', there.Timeout, timeoutSeconds, ' s'),
    parameters: ({ timeoutSeconds }) => ({ Timeout: timeoutSeconds }),
  },
  {
    difference: (there, { initTimeoutSeconds }) =>
      changed('init timeout', there.InitTimeout, initTimeoutSeconds, ' s'),
    parameters: ({ initTimeoutSeconds }) => ({ InitTimeout: initTimeoutSeconds }),
  },
  {
    difference: ({ PublicNetConfig: there }, wanted) =>
      both(
        changed('internet access', there?.PublicNetStatus, switched(wanted.publicAccess)),
        changed(
          'fixed egress address',
          there?.EipConfig?.EipStatus ?? 'DISABLE',
          switched(wanted.fixedAddress),
        ),
      ),
    parameters: ({ publicAccess, fixedAddress }) => ({
      PublicNetConfig: {
        PublicNetStatus: switched(publicAccess),
        EipConfig: { EipStatus: switched(fixedAddress) },
      },
    }),
  },
  {
    difference: ({ InstanceConcurrencyConfig: there }, { maxConcurrency = 1 }) =>
      both(
        changed('requests per instance', there?.MaxConcurrency ?? 1, maxConcurrency),
        // 'FALSE' is a fixed number, 'TRUE' one that the platform chooses.
        there?.DynamicEnabled === 'TRUE' ? 'a fixed number of requests per instance' : undefined,
      ),
    // An empty string turns multi-concurrency off.
    parameters: ({ maxConcurrency }) => ({
      InstanceConcurrencyConfig:
        maxConcurrency === undefined
          ? { DynamicEnabled: '' }
          : { DynamicEnabled: 'FALSE', MaxConcurrency: maxConcurrency },
    }),
  },
  {
    // If it is on, SCF chooses the topic at the creation; one that was chosen in the console stays.
    difference: ({ ClsTopicId }, { logs }) =>
      logs || (ClsTopicId ?? '') === '' ? undefined : 'log on → off',
    parameters: ({ logs }) => (logs ? {} : { ClsLogsetId: '', ClsTopicId: '' }),
  },
  {
    difference: (there, { environment }) => variablesChanged(variablesOf(there), environment),
    parameters: ({ environment }) => ({ Environment: { Variables: variableList(environment) } }),
  },
];

function changed(
  what: string,
  from: string | number | null | undefined, // null means undefined in some responses, according to the SDK's comments
  to: string | number,
  unit = '',
): string | undefined {
  if (from === to) return undefined;
  return `${what} ${from === undefined || from === null ? 'unknown' : `${from}${unit}`} → ${to}${unit}`;
}

function both(...lines: readonly (string | undefined)[]): string | undefined {
  const there = lines.filter((line) => line !== undefined);
  return there.length > 0 ? there.join(', ') : undefined;
}

function switched(on: boolean): 'ENABLE' | 'DISABLE' {
  return on ? 'ENABLE' : 'DISABLE';
}

function variablesOf(there: GetFunctionResponse): ReadonlyMap<string, string> {
  const entries = (there.Environment?.Variables ?? []).map(
    ({ Key, Value }) => [Key ?? '', Value ?? ''] as const,
  );
  return new Map(entries.filter(([name]) => name !== ''));
}

function variablesChanged(
  there: ReadonlyMap<string, string>,
  wanted: FunctionSettings['environment'],
): string | undefined {
  const lines = Object.keys(wanted)
    .sort()
    .filter((name) => there.get(name) !== wanted[name])
    .map((name) => `${name} ${there.has(name) ? 'changed' : 'added'}`);
  const removed = [...there.keys()].filter((name) => !(name in wanted)).map((name) => `${name} removed`);
  return both(...lines, ...removed);
}

function variableList(environment: FunctionSettings['environment']): { Key: string; Value: string }[] {
  const list = Object.entries(environment).map(([Key, Value]) => ({ Key, Value }));
  list.sort((a, b) => (a.Key < b.Key ? -1 : 1));
  // An empty list changes nothing; Tencent's own tools send this one to remove the last variable.
  return list.length > 0 ? list : [{ Key: '', Value: '' }];
}
