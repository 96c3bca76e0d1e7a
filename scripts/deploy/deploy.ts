import { setTimeout as sleep } from 'node:timers/promises';
import { DeployError } from './deploy-error';
import { plan, type Found, type Step } from './plan';
import { egressAddresses, findPublicUrl } from './public-address';
import { remedyFor } from './remedies';
import { ScfError, type GetFunctionResponse, type ScfApi } from './scf-api';
import type { FunctionSettings } from './serverless-file';
import type { Terminal } from './terminal';
import type { CodePackage } from './zip';

/** What a deployment works with. */
export interface Deployment {
  readonly settings: FunctionSettings;
  readonly code: CodePackage;
  readonly api: ScfApi;
  readonly terminal: Terminal;
  /** Whether the API is a stand-in on this machine. */
  readonly isLocal: boolean;
  readonly pace: Pace;
}

export interface Pace {
  /** Between two looks at a function that is changing. */
  readonly pollMs: number;
  /** How long a change may take. */
  readonly limitMs: number;
}

export interface Outcome {
  /** What was changed, in words. */
  readonly changed: readonly string[];
  /** What SCF tells otherwise than it was sent, in words. */
  readonly different: readonly string[];
  readonly url: string | undefined;
  readonly egressAddresses: readonly string[];
}

const URL_ATTEMPTS = 5;

/** The steps that would make the function as it is described; none where it is so. */
export async function stepsOf(deployment: Deployment): Promise<readonly Step[]> {
  return stepsFrom(await lookAt(deployment), deployment);
}

/** Makes the function as it is described, by the calls that this needs and no others. */
export async function deploy(deployment: Deployment): Promise<Outcome> {
  const { settings, terminal } = deployment;
  let found = await lookAt(deployment);
  const steps = stepsFrom(found, deployment);
  for (const step of steps) {
    terminal.say(`- ${step.line}`);
    await guarded(step.line, deployment, () => carryOut(step, deployment));
    await settle(deployment, { afterWrite: true });
  }
  let url: string | undefined;
  for (let left = URL_ATTEMPTS; left > 0; left--) {
    if (steps.length > 0) found = await lookAt(deployment);
    url = found && findPublicUrl(found, settings.trigger, deployment.isLocal);
    if (url !== undefined || steps.length === 0) break;
    await sleep(deployment.pace.pollMs);
  }
  const different = steps.length > 0 ? stepsFrom(found, deployment).map(({ line }) => line) : [];
  return {
    changed: steps.map(({ line }) => line),
    different,
    url,
    egressAddresses: found ? egressAddresses(found) : [],
  };
}

/** Deletes the function, and with it its public URL. Tells whether there was one. */
export async function remove(deployment: Omit<Deployment, 'code'>): Promise<boolean> {
  const { api, settings } = deployment;
  return guarded('remove the function', deployment, async () => {
    if (!(await settle(deployment))) return false;
    await api.deleteFunction(settings.name);
    await settle(deployment, { untilGone: true });
    return true;
  });
}

/** What is there, once it has stopped changing: an earlier deployment may have been broken off in the middle. */
async function lookAt(deployment: Deployment): Promise<Found | undefined> {
  const { api, settings } = deployment;
  return guarded('look at what is there', deployment, async () => {
    const there = await settle(deployment);
    if (!there) return undefined;
    if (there.Status === 'CreateFailed') throw new DeployError([failed(there, settings)]);
    return {
      function: there,
      codeSha256: await api.codeSha256(settings.name),
      triggers: await api.listTriggers(settings.name),
    };
  });
}

function stepsFrom(found: Found | undefined, { settings, code }: Deployment): readonly Step[] {
  const { steps, conflicts } = plan(settings, code.sha256, found);
  if (conflicts.length > 0) throw new DeployError(conflicts);
  return steps;
}

function carryOut(step: Step, { api, settings: { name, runtime }, code }: Deployment): Promise<unknown> {
  const FunctionName = name;
  switch (step.kind) {
    case 'create':
      return api.createFunction({
        FunctionName,
        Runtime: runtime,
        Type: 'HTTP',
        Code: { ZipFile: code.bytes.toString('base64') },
        ...step.parameters,
      });
    case 'code':
      return api.updateCode(name, code.bytes.toString('base64'));
    case 'configuration':
      return api.updateConfiguration({ FunctionName, ...step.parameters });
    case 'create-trigger':
      return api.createTrigger({ FunctionName, ...step.parameters });
    case 'update-trigger':
      return api.updateTrigger({ FunctionName, ...step.parameters });
  }
}

/** Waits until the function does not change any more. */
async function settle(
  { api, settings, terminal, pace }: Omit<Deployment, 'code'>,
  { afterWrite = false, untilGone = false } = {},
): Promise<GetFunctionResponse | undefined> {
  const end = performance.now() + pace.limitMs;
  for (;;) {
    const there = await api.getFunction(settings.name);
    const status = there?.Status ?? (there ? 'Active' : 'gone');
    const isFailed = status.endsWith('Failed');
    if (isFailed && (afterWrite || untilGone) && there) throw new DeployError([failed(there, settings)]);
    if (untilGone ? !there : isFailed || status === 'Active' || (!there && !afterWrite)) return there;
    if (performance.now() > end) {
      throw new DeployError([
        `The function ${settings.name} is still ${status} after ${Math.round(pace.limitMs / 1000)} s. Look at it in the console, and deploy again when it is Active.`,
      ]);
    }
    terminal.progress(`waiting: ${status}`);
    await sleep(pace.pollMs);
  }
}

function failed({ Status = '', StatusDesc, StatusReasons }: GetFunctionResponse, { name }: FunctionSettings) {
  const reasons = (StatusReasons ?? []).map(({ ErrorCode, ErrorMessage }) =>
    [ErrorMessage, ErrorCode].filter((text) => text !== undefined && text !== '').join(' / '),
  );
  const why = [...reasons, StatusDesc ?? ''].filter((reason) => reason !== '').join('; ');
  const remedy =
    Status === 'CreateFailed'
      ? 'Nothing runs yet. Mend what it says, then run "npm run deploy -- remove" and deploy again.'
      : 'Mend what it says, and deploy again: everything is then sent once more.';
  return `The function ${name} is ${Status}: ${why === '' ? 'SCF gives no reason' : why}. ${remedy}`;
}

/** Turns a refused or lost call into what a person can do about it. */
async function guarded<T>(
  doing: string,
  { settings }: Pick<Deployment, 'settings'>,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ScfError)) throw error;
    const code = error.code === '' ? '' : ` (${error.code})`;
    // An answer that refuses means that the call changed nothing.
    const state = error.code === '' ? '' : ' This call changed nothing; what was done before it stays.';
    throw new DeployError(
      [`Could not ${doing}: ${error.message}${code}.${state} ${remedyFor(error, settings)}`],
      { cause: error },
    );
  }
}
