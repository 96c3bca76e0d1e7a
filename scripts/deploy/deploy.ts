import { setTimeout as sleep } from 'node:timers/promises';
import { consolePage, type Site } from './console';
import { DeployError } from './deploy-error';
import { failed, withRemedy } from './failures';
import { hasNeverRun, plan, type Found, type Step } from './plan';
import { egressAddresses, findPublicUrl, hasPlatformCors } from './public-address';
import type { GetFunctionResponse, ScfApi } from './scf-api';
import type { FunctionSettings } from './serverless-file';
import type { Terminal } from './terminal';
import type { CodePackage } from './zip';

/** What a deployment needs. */
export interface Deployment {
  readonly settings: FunctionSettings;
  readonly code: CodePackage;
  readonly api: ScfApi;
  readonly terminal: Terminal;
  /** Whether the API is a fake one on this machine. */
  readonly isLocal: boolean;
  /** Which of Tencent's sites the account belongs to; `undefined` if that is not known. */
  readonly site: Site | undefined;
  readonly pace: Pace;
}

export interface Pace {
  /** Time between two checks of a function that is changing. */
  readonly pollMs: number;
  /** How long a change may take. */
  readonly limitMs: number;
}

export interface Outcome {
  /** What was changed, in words. */
  readonly changed: readonly string[];
  /** Where SCF reports another value than was sent, in words. */
  readonly different: readonly string[];
  readonly url: string | undefined;
  readonly egressAddresses: readonly string[];
  /** What works, and is still not as it should be, with its remedy. */
  readonly warnings: readonly string[];
}

const URL_ATTEMPTS = 5;
/** For some seconds after a function is first Active, SCF refuses triggers for it. */
const POLLS_BEFORE_TRIGGER = 3;

/** The steps that would bring the function to the described state; none if it is in that state. */
export async function stepsOf(deployment: Deployment): Promise<readonly Step[]> {
  return stepsFrom(await fetchCurrentState(deployment), deployment);
}

/** Brings the function to the described state with only the calls that this needs. */
export async function deploy(deployment: Deployment): Promise<Outcome> {
  const { settings, terminal } = deployment;
  let found = await fetchCurrentState(deployment);
  const steps = stepsFrom(found, deployment);
  for (const [at, step] of steps.entries()) {
    terminal.say(`- ${step.line}`);
    if (at > 0 && step.kind === 'create-trigger') await sleep(POLLS_BEFORE_TRIGGER * deployment.pace.pollMs);
    await withRemedy(step.line, deployment, () => applyStep(step, deployment));
    const isRemoval = step.kind === 'remove';
    await waitUntilActive(deployment, { afterWrite: !isRemoval, untilGone: isRemoval });
  }
  let url: string | undefined;
  for (let left = URL_ATTEMPTS; left > 0; left--) {
    if (steps.length > 0) found = await fetchCurrentState(deployment);
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
    warnings: found ? warningsFor(found, deployment) : [],
  };
}

/** The function as it is at present, changing or not; `undefined` if there is none. */
export function readFunction(
  deployment: Pick<Deployment, 'api' | 'settings' | 'site'>,
): Promise<GetFunctionResponse | undefined> {
  const { api, settings } = deployment;
  return withRemedy('read the current state', deployment, () => api.getFunction(settings.name));
}

function warningsFor(found: Found, { settings: { name, region, trigger }, site }: Deployment): string[] {
  if (!hasPlatformCors(found, trigger)) return [];
  return [
    `The Function URL has CORS turned on, so that browsers may get two Access-Control-Allow-Origin headers and reject the response. Turn it off at ${consolePage('/scf/list', site)}, function ${name} in ${region}, under "Function URL": the proxy handles CORS (CORS_ORIGINS).`,
  ];
}

/** Deletes the function, and with it its public URL. Returns whether there was one. */
export async function remove(deployment: Omit<Deployment, 'code'>): Promise<boolean> {
  const { api, settings } = deployment;
  return withRemedy('remove the function', deployment, async () => {
    if (!(await waitUntilActive(deployment))) return false;
    await api.deleteFunction(settings.name);
    await waitUntilActive(deployment, { untilGone: true });
    return true;
  });
}

/** The current state, once it has stopped changing: an earlier deployment may have been interrupted. */
async function fetchCurrentState(deployment: Deployment): Promise<Found | undefined> {
  const { api, settings } = deployment;
  return withRemedy('read the current state', deployment, async () => {
    const there = await waitUntilActive(deployment);
    if (!there) return undefined;
    // What else there is of such a function cannot be read, and is not needed.
    if (hasNeverRun(there)) return { function: there, codeSha256: undefined, triggers: [] };
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

function applyStep(step: Step, { api, settings: { name, runtime }, code }: Deployment): Promise<unknown> {
  const FunctionName = name;
  switch (step.kind) {
    case 'remove':
      return api.deleteFunction(name);
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

/** Waits until the function has stopped changing. */
async function waitUntilActive(
  { api, settings, terminal, pace }: Omit<Deployment, 'code'>,
  { afterWrite = false, untilGone = false } = {},
): Promise<GetFunctionResponse | undefined> {
  const end = performance.now() + pace.limitMs;
  for (;;) {
    const there = await api.getFunction(settings.name, untilGone);
    const status = there?.Status ?? (there ? 'Active' : 'gone');
    const isFailed = status.endsWith('Failed');
    // A function whose creation failed still says so when its removal begins.
    if (there && (untilGone ? status === 'DeleteFailed' : isFailed && afterWrite))
      throw new DeployError([failed(there, settings)]);
    if (untilGone ? !there : isFailed || status === 'Active' || (!there && !afterWrite)) return there;
    if (performance.now() > end) {
      throw new DeployError([
        `The function ${settings.name} is still ${status} after ${Math.round(pace.limitMs / 1000)} s. Check it in the console, and deploy again when it is Active.`,
      ]);
    }
    terminal.progress(`waiting: ${status}`);
    await sleep(pace.pollMs);
  }
}
