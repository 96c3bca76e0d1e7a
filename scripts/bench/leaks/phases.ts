import { abort, sendFailingOver, sendMixed, type Range } from './load';
import { reload } from './reloads';
import { talk } from './sockets';
import type { LeaksUpstream } from './upstream';
import type { Subject } from '../growth/subject';

/** How much a run does of each phase. */
export type Size = 'quick' | 'usual' | 'full';

/** One kind of load, measured on its own. */
export interface Phase {
  /** Also the option that sets its count. */
  readonly name: 'requests' | 'aborts' | 'failovers' | 'websockets' | 'reloads';
  readonly counts: Readonly<Record<Size, number>>;
  /** Before the first reading: what is bounded is full then, and V8 has compiled what it needs. */
  readonly warmUp: Readonly<Record<Size, number>>;
  readonly run: (subject: Subject, upstream: LeaksUpstream, range: Range) => Promise<void>;
}

/** Requests that are served without another key or provider measure something else. */
const LEAST_FAILED_OVER = 0.9;

export const PHASES: readonly Phase[] = [
  {
    name: 'requests',
    counts: { quick: 6_000, usual: 60_000, full: 1_000_000 },
    warmUp: { quick: 4_000, usual: 10_000, full: 10_000 },
    run: ({ port }, _upstream, range) => sendMixed(port, range),
  },
  {
    name: 'aborts',
    counts: { quick: 2_000, usual: 10_000, full: 100_000 },
    warmUp: { quick: 400, usual: 1_000, full: 1_000 },
    run: ({ port }, _upstream, range) => abort(port, range),
  },
  {
    name: 'failovers',
    counts: { quick: 1_000, usual: 4_000, full: 10_000 },
    // Two thirds are chains', of whose conversations 4,096 are remembered.
    warmUp: { quick: 8_000, usual: 8_000, full: 8_000 },
    async run({ port }, upstream, range) {
      const before = upstream.failovers();
      await sendFailingOver(port, range);
      const done = upstream.failovers() - before;
      if (done < range.count * LEAST_FAILED_OVER)
        throw new Error(`only ${done} of ${range.count} requests failed over`);
    },
  },
  {
    name: 'websockets',
    counts: { quick: 600, usual: 4_000, full: 10_000 },
    warmUp: { quick: 200, usual: 500, full: 500 },
    run: ({ port }, _upstream, range) => talk(port, range),
  },
  {
    name: 'reloads',
    counts: { quick: 120, usual: 200, full: 1_000 },
    warmUp: { quick: 20, usual: 20, full: 20 },
    run: reload,
  },
];
