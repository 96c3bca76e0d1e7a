import type { Redis } from 'ioredis';
import type { InstanceRow } from '../../pages/console/report';

const KEY = 'scf-llm-proxy:instances';
const LIFE_MS = 10 * 60_000;
/** More than there are instances; a longer list is something else's. */
const MAX_INSTANCES = 1_000;
const FORM = /^[\w.+-]{1,64}$/;

/** Enters an instance whose console is open, and finds those whose consoles were asked in the last minutes. */
export async function meetInstances(
  connect: () => Promise<Redis>,
  self: InstanceRow,
): Promise<readonly InstanceRow[]> {
  const { instance, version, commit, seen_ms: nowMs } = self;
  const client = await connect();
  if ((await client.hlen(KEY)) > MAX_INSTANCES) await client.del(KEY);
  await client.hset(KEY, instance, JSON.stringify([version, commit, nowMs]));
  await client.pexpire(KEY, LIFE_MS);
  const found: InstanceRow[] = [];
  for (const [name, text] of Object.entries(await client.hgetall(KEY))) {
    const row = rowIn(name, text);
    // Clocks differ a little.
    if (row && Math.abs(nowMs - row.seen_ms) <= LIFE_MS) found.push(row);
    else await client.hdel(KEY, name);
  }
  return found.sort((one, other) => other.seen_ms - one.seen_ms);
}

/** Others can write there as well. */
function rowIn(instance: string, text: string): InstanceRow | undefined {
  if (!FORM.test(instance) || text.length > 200) return undefined;
  try {
    const [version, commit, seenMs, ...more] = JSON.parse(text) as readonly unknown[];
    const isRow = isName(version) && isName(commit) && Number.isSafeInteger(seenMs) && more.length === 0;
    return isRow ? { instance, version, commit, seen_ms: Number(seenMs) } : undefined;
  } catch {
    return undefined;
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && FORM.test(value);
}
