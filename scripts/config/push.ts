import { effectiveText, isSet, type Environment } from '../../src/config/effective-value';
import { RESTART_VARIABLES } from '../../src/config/file-configuration';
import {
  MAX_PACKAGES,
  MAX_PUSHED,
  openTable,
  pushKeys,
  sealTable,
  type PushedTable,
} from '../../src/config/pushed-table';
import { ConfigError, customProvidersOf, readConfig } from '../../src/config/read-config';
import { variableRows } from '../../src/config/provider-variables';
import { VARIABLES } from '../../src/config/variables';
import type { CommandResult } from '../operator/command-result';
import { openRedis, OperatorError, type OperatorRedis } from '../operator/redis';

export interface PushCommand {
  /** This machine's variables. */
  readonly environment: Environment;
  /** Those of `config/`, which are pushed. */
  readonly table: Readonly<Record<string, string>>;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

const REMEDY = 'Without it a deployment changes the configuration: npm run deploy.';

/** Replaces the configuration of the running instances by that of `config/`, if that has no problem. @throws OperatorError */
export async function pushConfiguration(command: PushCommand): Promise<CommandResult> {
  const { environment, table, now } = command;
  const problems = problemsIn(environment, table);
  if (problems.length > 0) return { lines: [], notes: [...problems, 'Nothing was pushed.'], status: 1 };
  const secret = effectiveText(VARIABLES.configSecret, environment, table);
  const redis = await openRedis(effectiveText(VARIABLES.redisUrl, environment, table), REMEDY);
  try {
    const told = await redis.run(() => push(redis, secret, table, now()));
    return {
      lines: [
        `Pushed: ${Object.keys(table).join(', ')}. ${toldOf(told)}; those that start read it. Their log says what they have taken over.`,
      ],
      notes: notesOn(environment, table),
      status: 0,
    };
  } finally {
    redis.close();
  }
}

function problemsIn(environment: Environment, table: Environment): readonly string[] {
  if (Object.keys(table).length === 0)
    return ['There is nothing to push: config/ has no *.yaml, *.yml or *.json with a variable in it.'];
  try {
    readConfig(environment, table);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems;
  }
  return [VARIABLES.redisUrl, VARIABLES.configSecret]
    .filter((row) => !isSet(row, environment, table))
    .map(
      ({ name }) =>
        `${name} is not set, here or in config/. It must be the one that is deployed: set it in .env, and deploy once.`,
    );
}

/** @returns the number of instances that were told */
async function push(
  { client }: OperatorRedis,
  secret: string,
  variables: PushedTable['variables'],
  nowMs: number,
): Promise<number> {
  const keys = pushKeys(secret);
  // So many are not known; those that run announce themselves again.
  if ((await client.hlen(keys.packages)) > MAX_PACKAGES) await client.del(keys.packages);
  const packages = await client.hkeys(keys.packages);
  if (packages.length === 0)
    throw new OperatorError(
      'No instance with this CONFIG_SECRET has used this Redis, so nothing was pushed. Deploy it, with REDIS_URL, and send the function a request; then push again.',
    );
  const before = (await client.strlen(keys.table)) > MAX_PUSHED ? null : await client.get(keys.table);
  const beforeMs = before === null ? -Infinity : (openTable(before, secret)?.pushedMs ?? -Infinity);
  // Later than what it replaces, also if another machine's clock is ahead of this one's.
  const sealed = sealTable({ variables, packages, pushedMs: Math.max(nowMs, beforeMs + 1) }, secret);
  if (sealed.length > MAX_PUSHED)
    throw new OperatorError(
      `The configuration is too large to be pushed: ${sealed.length} bytes of ${MAX_PUSHED}. Remove what is not needed from config/.`,
    );
  const results = (await client.multi().set(keys.table, sealed).publish(keys.table, 'changed').exec()) ?? [];
  for (const [error] of results) if (error) throw error;
  return Number(results.at(-1)?.[1] ?? 0);
}

function notesOn(environment: Environment, table: Environment): readonly string[] {
  const rows = variableRows(customProvidersOf(environment, table)).filter((row) => isSet(row, {}, table));
  const overridden = rows.filter((row) => isSet(row, environment, {})).map(({ name }) => name);
  const atStart = rows.map(({ name }) => name).filter((name) => RESTART_VARIABLES.includes(name));
  return [
    ...(overridden.length > 0
      ? [
          `${overridden.join(', ')}: set in .env or in the environment as well. Where the function has it too, that is preferred, and only a deployment changes it.`,
        ]
      : []),
    ...(atStart.length > 0
      ? [`${atStart.join(', ')}: a change has an effect with the next deployment only.`]
      : []),
  ];
}

function toldOf(instances: number): string {
  if (instances === 0) return 'No instance is connected to this Redis at present';
  return `${instances === 1 ? '1 instance was' : `${instances} instances were`} told`;
}
