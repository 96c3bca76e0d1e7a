import { VERSION } from '../../src/app/version';
import {
  checkCors,
  checkEgress,
  checkHealth,
  checkLargeBody,
  checkLimits,
  checkRegion,
  type Health,
} from './checks';
import { checkAccess } from './access';
import { checkConnection } from './connection';
import { checkDomain, hasOwnDomain } from './domain';
import { checkInstances } from './instances';
import { checkKeys } from './keys';
import { checkPrices } from './prices';
import { fail, skipped, type CheckResult, type Finding } from './result';
import { checkRequest, checkStreaming } from './streaming';
import { STAGES, type Target } from './target';

/** The checks that need only a proxy that responds, in order; each returns one or more results. */
const CHECKS: readonly {
  readonly name: string;
  readonly run: (target: Target, health: Health) => MaybePromise<Finding | CheckResult[]>;
}[] = [
  { name: 'region', run: (_target, health) => checkRegion(health) },
  { name: 'limits', run: (_target, health) => checkLimits(health) },
  { name: 'access', run: checkAccess },
  { name: 'egress', run: checkEgress },
  { name: 'streaming', run: checkStreaming },
  { name: 'keys', run: checkKeys },
  { name: 'request', run: checkRequest },
  { name: 'large body', run: checkLargeBody },
  { name: 'cors', run: checkCors },
  { name: 'prices', run: () => checkPrices(Date.now()) },
];

type MaybePromise<T> = T | Promise<T>;

/**
 * Examines a deployed proxy through its public address: an own domain's DNS record, then the connection, then the rest;
 * yields each result as soon as it is known.
 */
export async function* examine(target: Target): AsyncGenerator<CheckResult> {
  if (hasOwnDomain(target)) {
    const domain = await attempt(() => checkDomain(target));
    yield clean({ name: 'domain', ...domain }, target);
  }
  const connection = await attempt(() => checkConnection(target));
  yield clean({ name: 'connection', ...connection }, target);
  if (connection.verdict === 'fail') {
    yield* allSkipped(['health', ...CHECKS.map(({ name }) => name)], 'There is no connection');
    return;
  }
  let health: Health | undefined;
  const finding = await attempt(async () => {
    const result = await checkHealth(target, VERSION);
    health = result.health;
    return result.finding;
  });
  yield clean({ name: 'health', ...finding }, target);
  if (!health) {
    yield* allSkipped(
      CHECKS.map(({ name }) => name),
      'This proxy does not respond at the address',
    );
    return;
  }
  for (const { name, run } of CHECKS) {
    const known = health;
    const found = await attempt(async () => run(target, known));
    const results = Array.isArray(found) ? found : [{ name, ...found }];
    for (const result of results) yield clean(result, target);
  }
  const { streams } = target;
  if (streams === undefined) return;
  const instances = await attempt(() => checkInstances(target, streams));
  yield clean({ name: 'instances', ...instances }, target);
}

/** A check that throws has failed. */
async function attempt<T>(check: () => Promise<T>): Promise<T | Finding> {
  try {
    return await check();
  } catch (error) {
    return fail(
      error instanceof Error ? error.message : 'The check failed.',
      'Try again; if it fails again, read the log of the function.',
    );
  }
}

function* allSkipped(names: readonly string[], why: string): Generator<CheckResult> {
  for (const name of names) yield { name, ...skipped(why) };
}

/** The last step before a result is printed: removes secrets, which a response may have quoted. */
function clean(result: CheckResult, { base, token = '', adminToken = '' }: Target): CheckResult {
  const segments = new URL(base).pathname.split('/').filter((segment) => !STAGES.includes(segment));
  const secrets = [token, adminToken, ...token.split(/[:|,]/), ...segments].filter(
    (part) => part.length >= 4,
  );
  const hide = (text: string) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '[hidden]'), text);
  return {
    ...result,
    detail: hide(result.detail),
    ...(result.remedy === undefined ? {} : { remedy: hide(result.remedy) }),
  };
}
