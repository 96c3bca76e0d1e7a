import { parseArgs } from 'node:util';
import type { Range } from './load';
import { read, startMeasured } from './measured-process';
import { PHASES, type Phase, type Size } from './phases';
import { leaksIn, resourceTable, table, type MeasuredPhase, type Reading } from './readings';
import { startLeaksUpstream } from './upstream';
import { pickCores, pinSelf } from '../rig/cores';
import { endWithUs } from '../rig/processes';

/**
 * Searches the built bundle for leaks: requests of every kind, clients that disconnect, failovers, WebSockets and
 * configurations that are taken over, each between readings of what is left after a garbage collection.
 */
async function main(): Promise<void> {
  const count = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      requests: count,
      aborts: count,
      failovers: count,
      websockets: count,
      reloads: count,
      quick: { type: 'boolean' },
      full: { type: 'boolean' },
      http2: { type: 'boolean' },
      package: { type: 'string' },
    },
  });
  const size: Size = values.full ? 'full' : values.quick ? 'quick' : 'usual';
  const phases = PHASES.map((phase) => ({
    phase,
    count: countOf(phase, values[phase.name], size),
    numbers: new Numbers(),
  })).filter(({ count }) => count > 0);
  if (phases.length === 0) throw new Error('Every phase is of 0: there is nothing to measure.');
  endWithUs();
  const cores = pickCores();
  pinSelf(cores.load);
  const overHttp2 = values.http2 === true;
  const upstream = await startLeaksUpstream(overHttp2);
  const subject = await startMeasured({ folder: values.package, upstream, overHttp2, cores });

  // The last one first: a configuration that is taken over begins some of what is kept anew.
  for (const { phase, numbers } of [...phases].reverse())
    await phase.run(subject, upstream, numbers.take(phase.warmUp[size]));
  await read(subject, upstream); // the first snapshot makes tables that stay
  let before = await read(subject, upstream);
  const measured: MeasuredPhase[] = [];
  for (const { phase, count, numbers } of phases) {
    const beganMs = performance.now();
    await phase.run(subject, upstream, numbers.take(Math.ceil(count / 2)));
    const middle = await read(subject, upstream);
    console.log(`${phase.name}: half of ${count}; ${heapsOf([before, middle])}`);
    await phase.run(subject, upstream, numbers.take(Math.floor(count / 2)));
    const after = await read(subject, upstream);
    measured.push({ name: phase.name, count, before, middle, after });
    const seconds = (performance.now() - beganMs) / 1_000;
    console.log(`${phase.name}: ${count} in ${seconds.toFixed(0)} s; ${heapsOf([before, middle, after])}`);
    before = after;
  }
  await subject.process.stop();
  upstream.stop();

  console.log(`\n${table(measured)}\n\n${resourceTable(measured)}\n`);
  console.log(`Node ${process.version}, ${cores.note}.`);
  const leaks = measured.flatMap(leaksIn);
  console.log(leaks.length === 0 ? 'Nothing is kept.' : leaks.join('\n'));
  process.exitCode = leaks.length === 0 ? 0 : 1;
}

function heapsOf(readings: readonly Reading[]): string {
  return `the heap ${readings.map(({ heapUsed }) => (heapUsed / 1e6).toFixed(2)).join(', ')} MB`;
}

/** @throws Error if it is no number */
function countOf({ name, counts }: Phase, given: string | undefined, size: Size): number {
  if (given === undefined) return counts[size];
  if (!/^\d+$/.test(given)) throw new Error(`--${name} must be a number, 0 to leave the phase out.`);
  return Number(given);
}

/** Numbers the units of a phase. */
class Numbers {
  #next = 0;

  take(count: number): Range {
    const from = this.#next;
    this.#next += count;
    return { from, count };
  }
}

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
