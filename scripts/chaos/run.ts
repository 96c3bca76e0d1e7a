import { startStalled } from '../../__tests__/helpers/stalled-server';
import { VARIANTS, cellsOf, type Cell, type Variant, type Way } from './cell';
import { ask, type Reply } from './client';
import { bodyOf } from './upstream/healthy';
import { outcomeOf, violationsOf } from './outcome';
import { ClientProgress, delay } from './progress';
import { startProxy, type ChaosProxy } from './proxy';
import { CHAOS_KEY, CHAOS_TOKEN } from './secrets';
import { startUpstream, type CellUpstream } from './upstream/upstream';

/** What came of one cell. */
export interface CellResult {
  readonly cell: Cell;
  readonly outcome: string;
  /** What must always hold, and did not. */
  readonly violations: readonly string[];
}

/** At most this long for each request; the longest time limit of the proxy is 6 s. */
const CELL_LIMIT_MS = 12_000;
/** For the proxy to close a connection that has failed. */
const CLOSE_LIMIT_MS = 3_000;
const POLL_MS = 10;
/** Until what is sent behind a response has come; a request that is sent before cannot be saved from it. */
const ARRIVAL_MS = 150;
/** Cells at the same time, over all variants: most of them wait. */
const PARALLEL = 60;
/** A label may have at most 63 characters, so this one fails without a network. */
const UNRESOLVABLE = `${'x'.repeat(64)}.internal`;

interface Stage {
  readonly cell: Cell;
  readonly name: string;
  readonly upstream: CellUpstream;
  readonly progress: ClientProgress;
}

/** Runs every cell that can be, each with a provider and an upstream of its own. */
export async function runChaos(
  ways: readonly Way[],
  { bundle, variants = VARIANTS }: { readonly bundle?: string; readonly variants?: readonly Variant[] } = {},
): Promise<CellResult[]> {
  const stalled = await startStalled();
  const limit = limited(PARALLEL);
  try {
    const results = await Promise.all(
      variants.map((variant) => runVariant(cellsOf(ways, variant), variant, stalled.port, limit, bundle)),
    );
    return results.flat();
  } finally {
    stalled.stop();
  }
}

async function runVariant(
  cells: readonly Cell[],
  variant: Variant,
  stalledPort: number,
  limit: Limit,
  bundle: string | undefined,
): Promise<CellResult[]> {
  const stages = await Promise.all(
    cells.map(async (cell, at): Promise<Stage> => {
      const progress = new ClientProgress();
      const host = cell.way.address === 'other-name' ? '127.0.0.2' : '127.0.0.1';
      return { cell, name: `cell${at}`, progress, upstream: await startUpstream(cell, progress, host) };
    }),
  );
  const healthyCell: Cell = { ...variant, moment: 'head', way: { name: 'is healthy', at: [] } };
  const healthy = await startUpstream(healthyCell, new ClientProgress(), '127.0.0.1');
  healthy.heal();
  const scheme = variant.transport === 'HTTP/1.1' ? 'http' : 'https';
  const providers = new Map([
    [HEALTHY, `${scheme}://127.0.0.1:${healthy.port}/v1`],
    ...stages.map(({ name, cell, upstream }): [string, string] => [
      name,
      `${scheme}://${addressOf(cell.way, upstream.port, stalledPort)}/v1`,
    ]),
  ]);
  let proxy: ChaosProxy | undefined;
  try {
    const started = (proxy = await startProxy(providers, variant.transport, bundle));
    const results = await Promise.all(stages.map((stage) => limit(() => runCell(stage, started))));
    const wrong = await wrongWith(started);
    // What the whole process did wrong cannot be told of one cell.
    const [first, ...others] = results;
    return first && wrong.length > 0
      ? [{ ...first, violations: [...first.violations, ...wrong] }, ...others]
      : results;
  } finally {
    for (const { upstream } of stages) upstream.close();
    healthy.close();
    if (proxy?.isAlive()) await proxy.stop();
  }
}

/** The provider of each proxy that never fails. */
const HEALTHY = 'healthy';

function addressOf({ address }: Way, port: number, stalledPort: number): string {
  switch (address) {
    case 'unresolvable':
      return `${UNRESOLVABLE}:${port}`;
    case 'closed':
      return `127.0.0.3:${port}`; // nobody listens there, and nobody else gets the port
    case 'stalled':
      return `127.0.0.1:${stalledPort}`;
    case 'other-name':
      return `127.0.0.2:${port}`;
    case undefined:
    default:
      return `127.0.0.1:${port}`;
  }
}

async function runCell({ cell, name, upstream, progress }: Stage, proxy: ChaosProxy): Promise<CellResult> {
  const { way, moment, form } = cell;
  const { port } = proxy;
  const reply = await ask({
    ...{ port, form, provider: name, limitS: way.limitS, withinMs: CELL_LIMIT_MS },
    onFirstBytes: () => progress.report('first'),
  });
  progress.report('end');
  if (moment === 'end') await Promise.race([upstream.acted, delay(CLOSE_LIMIT_MS)]);
  const violations = violationsOf(reply, cell, upstream.requests());
  if (!mayStayOpen(cell, reply) && !(await closes(upstream))) {
    violations.push('the connection to the upstream was not closed');
  }
  upstream.heal();
  if (moment === 'end') await delay(ARRIVAL_MS);
  const isReachable = way.address === undefined;
  const next = await ask({ port, form, provider: isReachable ? name : HEALTHY, withinMs: CELL_LIMIT_MS });
  if (next.body !== bodyOf(cell) || !next.isComplete) {
    violations.push(`the next request failed: ${outcomeOf(next, cell)}`);
  }
  return { cell, outcome: outcomeOf(reply, cell), violations };
}

/** Whether the connection can be used again: the response was whole, or only its stream failed. */
function mayStayOpen({ way, moment }: Cell, { isComplete, headers }: Reply): boolean {
  return (
    way.keepsConnection === true || moment === 'end' || (isComplete && headers['x-proxy-error'] === undefined)
  );
}

async function closes(upstream: CellUpstream): Promise<boolean> {
  for (const end = Date.now() + CLOSE_LIMIT_MS; Date.now() < end;) {
    if (upstream.left() === 0) return true;
    await delay(POLL_MS);
  }
  return false;
}

/** What a proxy did wrong in all its cells together; it is stopped afterwards. */
async function wrongWith(proxy: ChaosProxy): Promise<string[]> {
  const found: string[] = [];
  if (!proxy.isAlive()) found.push(`the proxy ended: ${proxy.output().slice(-2_000)}`);
  else if ((await proxy.stop()) !== 0) found.push('the proxy did not stop as it should');
  const output = proxy.output();
  if (output.includes(CHAOS_KEY) || output.includes(CHAOS_TOKEN)) found.push('the log contains a secret');
  const uncaught = /^.*"msg":"uncaught".*$/m.exec(output);
  if (uncaught) found.push(`an error was not caught: ${uncaught[0]}`);
  return found;
}

type Limit = <T>(task: () => Promise<T>) => Promise<T>;

/** Runs at most so many tasks at the same time. */
function limited(parallel: number): Limit {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running >= parallel) await new Promise<void>((resolve) => waiting.push(resolve));
    running++;
    try {
      return await task();
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
}
