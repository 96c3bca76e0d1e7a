/**
 * `npm run sls -- deploy`: the Serverless Framework, verified. It exits with 0 in several cases in which it deployed
 * nothing, and even its success only repeats the control plane's report; so each deployment writes a new mark into the
 * function's description, which is then read from SCF itself.
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
  /** The part of this that a removal needs. */
  prepareRemoval(): Target;
  /** Makes the CLI ready to run. */
  install(): Promise<void>;
  /** Runs the CLI in the terminal and resolves with its exit code. */
  runCli(args: readonly string[]): Promise<number>;
  /** The function's state in SCF, or `undefined` if there is none. */
  readFunction(target: Target): Promise<FunctionState | undefined>;
  /** A unique word of letters and digits: SCF allows few other characters in a description. */
  newMark(): string;
  wait(ms: number): Promise<void>;
  say(line: string): void;
}

/** SCF applies an update after the control plane has reported it, so its state is read several times. */
const ATTEMPTS = 15;
const BETWEEN_ATTEMPTS_MS = 2_000;

const OTHER_WAY = '`npm run deploy` deploys the same serverless.yml without the Serverless Framework.';

/**
 * Runs one command of the Serverless Framework; `deploy` and `remove` are verified with SCF.
 * @returns the exit status: 0 only if the command has taken effect
 */
export async function sls(args: readonly string[], effects: Effects): Promise<number> {
  const command = args[0];
  if (command === undefined) {
    effects.say('Usage: npm run sls -- deploy | remove | info | … [options of the Serverless Framework]');
    return 2;
  }
  const cliArgs = splitOptions(args);
  const isHelp = args.includes('--help') || args.includes('-h');
  if (command === 'deploy' && !isHelp) return deploy(cliArgs, effects);
  if (command === 'remove' && !isHelp) return remove(cliArgs, effects);
  await effects.install();
  return effects.runCli(cliArgs);
}

async function deploy(args: readonly string[], effects: Effects): Promise<number> {
  const target = await effects.prepareDeployment();
  await effects.install();
  const mark = `Deployment ${effects.newMark()}`;
  const code = await effects.runCli([...args, ...withDescription(args, target, mark)]);
  if (code !== 0) return failed(code, 'deploy', effects);

  const name = `the function ${target.functionName} in ${target.region}`;
  const state = await waitForState(target, effects, (now) => {
    if (!now?.description.includes(mark)) return false;
    // CreateFailed and UpdateFailed are final; all other states may still become Active.
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
      : 'it exists, but without the mark of this run: it comes from an earlier deployment.';
  effects.say(`NOT deployed, although the CLI exited with 0. SCF reports for ${name}: ${found}`);
  effects.say(`Read what the CLI printed above, then try again; ${OTHER_WAY}`);
  return 1;
}

async function remove(args: readonly string[], effects: Effects): Promise<number> {
  const target = effects.prepareRemoval();
  await effects.install();
  const code = await effects.runCli(args);
  if (code !== 0) return failed(code, 'remove', effects);
  const state = await waitForState(target, effects, (now) => now === undefined);
  if (state === undefined) {
    effects.say(`Verified with SCF: ${target.functionName} is no longer in ${target.region}.`);
    return 0;
  }
  effects.say(
    `NOT removed, although the CLI exited with 0: ${target.functionName} is still in ${target.region}.`,
  );
  effects.say('Try again, or use `npm run deploy -- remove`.');
  return 1;
}

/** Reads the function's state until it is as expected or the attempts are used up; returns the last state. */
async function waitForState(
  target: Target,
  effects: Effects,
  isExpected: (state: FunctionState | undefined) => boolean,
): Promise<FunctionState | undefined> {
  for (let attempt = 1; ; attempt++) {
    const state = await read(target, effects);
    if (isExpected(state) || attempt === ATTEMPTS) return state;
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
      `The CLI exited with 0, but the result could not be read from SCF (${reason}). ` +
        `The credentials need scf:GetFunction for ${target.functionName}. ${OTHER_WAY}`,
      { cause },
    );
  }
}

function failed(code: number, command: string, effects: Effects): number {
  effects.say(`The Serverless Framework could not ${command}: it exited with ${code}; its reason is above.`);
  // The CLI's role step calls an address that Tencent is shutting down; a response that is not JSON ends the CLI.
  effects.say(`A SyntaxError there means that Tencent's role address has been shut down. ${OTHER_WAY}`);
  return code;
}

/**
 * With `--inputs` the CLI treats every argument that contains `=` as an input, including `--stage=dev`; so an option and
 * its value are passed separately.
 */
function splitOptions(args: readonly string[]): string[] {
  return args.flatMap((arg) => {
    const option = /^(--[\w-]+)=(.*)$/s.exec(arg);
    return option ? [option[1] ?? '', option[2] ?? ''] : [arg];
  });
}

/** The value is JSON because the CLI would read a comma as a list. */
function withDescription(args: readonly string[], target: Target, mark: string): string[] {
  const description = target.description === '' ? mark : `${target.description}\n${mark}`;
  return [...(args.includes('--inputs') ? [] : ['--inputs']), `description=${JSON.stringify(description)}`];
}
