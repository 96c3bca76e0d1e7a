import { explainErrorResponse } from './error-response';
import { member, parseJson, textOf } from './json';
import { fail, ok, skipped, warn, type Finding } from './result';
import { bearer, type Target } from './target';
import { holdStream, type HeldResponse } from './wire';

/** Opened at the same time: as users arrive, not as a burst, for which a platform starts more instances than it needs. */
const AT_ONCE = 5;
/** The longest self-test takes 100 s, in which all streams have to be opened. */
const STREAM = '/-/selftest/stream?chunks=100&interval=1000';
const LIMIT_MS = 110_000;
/** Of the list of instances in the report. */
const MAX_LISTED = 20;

/**
 * Opens streams, keeps them open together, and counts the instances that hold them: how many streams share an instance
 * decides what they cost, and no document says it.
 */
export async function checkInstances({ base, adminToken }: Target, count: number): Promise<Finding> {
  if (adminToken === undefined)
    return skipped('It needs the admin token', 'Set ADMIN_TOKEN, deploy, and give --admin-token.');
  const held: HeldResponse[] = [];
  let left = count;
  const openSome = async () => {
    while (left > 0) {
      left--;
      const one = await holdStream(base + STREAM, { headers: bearer(adminToken), limitMs: LIMIT_MS });
      held.push(one);
      if (one.status !== 200) left = 0; // the others would be refused as well
    }
  };
  const workers = Array.from({ length: AT_ONCE }, openSome);
  try {
    await Promise.all(workers);
    return findingOf(held);
  } finally {
    left = 0;
    await Promise.allSettled(workers); // what a failure has left open
    for (const one of held) one.close();
  }
}

function findingOf(held: readonly HeldResponse[]): Finding {
  const refused = held.find(({ status }) => status !== 200);
  if (refused) {
    const others = held.filter(({ status }) => status === 200).length;
    return explainErrorResponse(`GET /-/selftest/stream, beside ${others} open ones`, refused);
  }
  const open = held.filter((one) => one.isOpen());
  const streams = new Map<string, number>();
  for (const { text } of open) {
    const instance = instanceIn(text);
    if (instance === undefined)
      return fail('The proxy does not say which instance responds', 'Deploy this version: npm run deploy.');
    streams.set(instance, (streams.get(instance) ?? 0) + 1);
  }
  const counts = [...streams.values()].sort((a, b) => b - a);
  const detail = `${open.length} streams were open at once, in ${counts.length} instance${counts.length === 1 ? '' : 's'}: ${listOf(counts)}`;
  return open.length < held.length
    ? warn(
        `${detail}; ${held.length - open.length} more had ended before the last one was opened`,
        'Try again with fewer --streams, or from a network that is nearer to the function.',
      )
    : ok(detail);
}

/** The streams of each instance, the largest number first. */
function listOf(counts: readonly number[]): string {
  const listed = counts.slice(0, MAX_LISTED).join(' + ');
  return counts.length > MAX_LISTED ? `${listed} + …` : listed;
}

function instanceIn(text: string): string | undefined {
  const data = /^data: (.*)$/m.exec(text)?.[1];
  return data === undefined ? undefined : textOf(member(parseJson(data), 'instance'));
}
