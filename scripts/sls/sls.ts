/**
 * `npm run sls -- deploy`: the Serverless Framework, with proof. It ends with 0 in several cases in which it deployed
 * nothing, and even its own success only repeats what the control plane says; so each deployment writes a fresh mark
 * into the function's description, and SCF itself is asked for it afterwards.
 */

/** The function that a `serverless.yml` describes. */
export interface Target {
  readonly functionName: string;
  readonly region: string;
  /** Its description as the file has it, or ''; the mark is appended to it. */
  readonly description: string;
}

export interface FunctionState {
  readonly status: string;
  readonly description: string;
}

export interface Effects {
  /** Reads, builds and checks everything, and sends nothing; throws with every problem. */
  prepareDeployment(): Promise<Target>;
  /** As much of this as a removal needs. */
  prepareRemoval(): Target;
  /** Makes the CLI ready to run. */
  install(): Promise<void>;
  /** Runs the CLI in the terminal and resolves with its exit code. */
  runCli(args: readonly string[]): Promise<number>;
  /** The function as SCF has it, or undefined where there is none. */
  readFunction(target: Target): Promise<FunctionState | undefined>;
  /** An unrepeatable word of letters and digits: SCF allows little else in a description. */
  newMark(): string;
  wait(ms: number): Promise<void>;
  say(line: string): void;
}

/** SCF applies an update after the control plane has reported it; so it is asked a few times. */
const ATTEMPTS = 15;
const BETWEEN_ATTEMPTS_MS = 2_000;

const OTHER_WAY = '`npm run deploy` deploys the same serverless.yml without the Serverless Framework.';

/**
 * Runs one command of the Serverless Framework; `deploy` and `remove` are verified with SCF.
 * @returns the exit status: 0 only if what was asked for has taken place
 */
export async function sls(args: readonly string[], effects: Effects): Promise<number> {
  const command = args[0];
  if (command === undefined) {
    effects.say('Usage: npm run sls -- deploy | remove | info | … [options of the Serverless Framework]');
    return 2;
  }
  const passedOn = splitOptions(args);
  const isHelp = args.includes('--help') || args.includes('-h');
  if (command === 'deploy' && !isHelp) return deploy(passedOn, effects);
  if (command === 'remove' && !isHelp) return remove(passedOn, effects);
  await effects.install();
  return effects.runCli(passedOn);
}

async function deploy(args: readonly string[], effects: Effects): Promise<number> {
  const target = await effects.prepareDeployment();
  await effects.install();
  const mark = `Deployment ${effects.newMark()}`;
  const code = await effects.runCli([...args, ...withDescription(args, target, mark)]);
  if (code !== 0) return failed(code, 'deploy', effects);

  const name = `the function ${target.functionName} in ${target.region}`;
  const state = await settled(target, effects, (now) => {
    if (!now?.description.includes(mark)) return false;
    // CreateFailed and UpdateFailed are an end; all else may still become Active.
    return now.status === 'Active' || now.status.endsWith('Failed');
  });
  const carriesMark = state?.description.includes(mark) ?? false;
  if (carriesMark && state?.status === 'Active') {
    effects.say(`Verified with SCF: ${name} is Active and carries the mark of this run ("${mark}").`);
    return 0;
  }
  const found = !state
    ? 'there is no such function.'
    : carriesMark
      ? `it was updated, but its status is ${state.status}.`
      : 'it is there, but without the mark of this run: it is what an earlier deployment made.';
  effects.say(`NOT deployed, although the CLI ended with 0. SCF was asked for ${name}: ${found}`);
  effects.say(`Read what the CLI printed above, then try again; ${OTHER_WAY}`);
  return 1;
}

async function remove(args: readonly string[], effects: Effects): Promise<number> {
  const target = effects.prepareRemoval();
  await effects.install();
  const code = await effects.runCli(args);
  if (code !== 0) return failed(code, 'remove', effects);
  const state = await settled(target, effects, (now) => now === undefined);
  if (state === undefined) {
    effects.say(`Verified with SCF: ${target.functionName} is no longer in ${target.region}.`);
    return 0;
  }
  effects.say(
    `NOT removed, although the CLI ended with 0: ${target.functionName} is still in ${target.region}.`,
  );
  effects.say('Try again, or use `npm run deploy -- remove`.');
  return 1;
}

/** Asks SCF until the function is as wanted, or for long enough; what it said last. */
async function settled(
  target: Target,
  effects: Effects,
  isSettled: (state: FunctionState | undefined) => boolean,
): Promise<FunctionState | undefined> {
  for (let attempt = 1; ; attempt++) {
    const state = await read(target, effects);
    if (isSettled(state) || attempt === ATTEMPTS) return state;
    if (attempt === 1) effects.say('Waiting for SCF to confirm it …');
    await effects.wait(BETWEEN_ATTEMPTS_MS);
  }
}

async function read(target: Target, effects: Effects): Promise<FunctionState | undefined> {
  try {
    return await effects.readFunction(target);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `The CLI ended with 0, but SCF could not be asked whether that is true (${reason}). ` +
        `The credentials need scf:GetFunction for ${target.functionName}. ${OTHER_WAY}`,
      { cause },
    );
  }
}

function failed(code: number, command: string, effects: Effects): number {
  effects.say(`The Serverless Framework could not ${command}: it ended with ${code}; its reason is above.`);
  // Its role step calls an address that Tencent is switching off; an answer that is not JSON ends the CLI.
  effects.say(`A SyntaxError there means that Tencent's role address is gone for good. ${OTHER_WAY}`);
  return code;
}

/**
 * With `--inputs` the CLI takes every argument that contains `=` for an input, `--stage=dev` among them; so an option
 * and its value are handed on apart.
 */
function splitOptions(args: readonly string[]): string[] {
  return args.flatMap((arg) => {
    const option = /^(--[\w-]+)=(.*)$/s.exec(arg);
    return option ? [option[1] ?? '', option[2] ?? ''] : [arg];
  });
}

/** The value is JSON because the CLI would take a comma for a list. */
function withDescription(args: readonly string[], target: Target, mark: string): string[] {
  const description = target.description === '' ? mark : `${target.description}\n${mark}`;
  return [...(args.includes('--inputs') ? [] : ['--inputs']), `description=${JSON.stringify(description)}`];
}
