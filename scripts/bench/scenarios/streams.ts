import { CHAT_PATH, chatBody, streamModel } from '../rig/messages';
import { requestBytes, type Target } from '../rig/request';
import { loadStreams } from '../rig/stream-load';
import { account } from './account';
import { warmUp } from './chats';
import type { Extent, Figure, Scenario } from './scenario';
import { whileRunning } from './subject';

const CPU: Figure = { key: 'cpuUs', title: 'CPU per chunk', unit: 'µs', digits: 1, compared: 'ratio' };

const PACED_FIGURES: readonly Figure[] = [
  CPU,
  { key: 'p50Ms', title: 'added latency p50', unit: 'ms', digits: 2, compared: 'added' },
  { key: 'p99Ms', title: 'added latency p99', unit: 'ms', digits: 1, compared: 'added' },
];

const DELAY_FIGURES: readonly Figure[] = [
  {
    key: 'firstP50Ms',
    title: 'added to the first token p50',
    unit: 'ms',
    digits: 2,
    compared: 'added',
    charted: true,
  },
  { key: 'firstP99Ms', title: 'added to the first token p99', unit: 'ms', digits: 2, compared: 'added' },
  { key: 'p50Ms', title: 'added to each chunk p50', unit: 'ms', digits: 2, compared: 'added' },
  {
    key: 'p99Ms',
    title: 'added to each chunk p99',
    unit: 'ms',
    digits: 2,
    compared: 'added',
    charted: true,
  },
  { key: 'p999Ms', title: 'added to each chunk p99.9', unit: 'ms', digits: 2, compared: 'added' },
];

const FLAT_FIGURES: readonly Figure[] = [
  CPU,
  { key: 'chunksPerSecond', title: 'chunks per second', unit: '', digits: 0 },
];

interface Crowd {
  readonly streams: number;
  readonly chunks: number;
  readonly delayMs: number;
  readonly staggerMs: number;
  /** One after the other, each on a new connection; 1 by default. */
  readonly repeats?: number;
}

const PACED: Record<Extent, Crowd> = {
  full: { streams: 500, chunks: 100, delayMs: 20, staggerMs: 1 },
  quick: { streams: 200, chunks: 50, delayMs: 20, staggerMs: 1 },
};

const FLAT: Record<Extent, Crowd> = {
  full: { streams: 50, chunks: 5_000, delayMs: 0, staggerMs: 0 },
  quick: { streams: 20, chunks: 1_500, delayMs: 0, staggerMs: 0 },
};

/**
 * As many that there are first tokens to take a median of, and at least a thousand chunks for a p99.9. So slow that no proxy
 * is short of time: what is measured is its delay, not the queue in front of it.
 */
const DELAYED: Readonly<Record<1 | 100 | 500, Record<Extent, Crowd>>> = {
  1: {
    full: { streams: 1, chunks: 25, delayMs: 5, staggerMs: 0, repeats: 40 },
    quick: { streams: 1, chunks: 20, delayMs: 2, staggerMs: 0, repeats: 20 },
  },
  100: {
    full: { streams: 100, chunks: 25, delayMs: 40, staggerMs: 10, repeats: 3 },
    quick: { streams: 100, chunks: 15, delayMs: 40, staggerMs: 5 },
  },
  500: {
    full: { streams: 500, chunks: 20, delayMs: 100, staggerMs: 4, repeats: 2 },
    quick: { streams: 500, chunks: 10, delayMs: 100, staggerMs: 4 },
  },
};

/**
 * Flat out, the upstream decides when a chunk is sent: a slow proxy reads several at once, which makes each cheaper. So
 * a ratio below 1 is no advantage, and other load on the machine lowers it.
 */
export const STREAMS: readonly Scenario[] = [
  streams('paced', '500 streams of 100 chunks, 20 ms apart', PACED, PACED_FIGURES),
  streams('paced-steady', '500 streams of 100 chunks, 20 ms apart, after 1,000 of them', PACED, [CPU], 2),
  streams('flat', '50 streams of 5,000 chunks, flat out', FLAT, FLAT_FIGURES),
];

/** The delay that a proxy adds, of the first token and of each chunk, with more and more streams at once. */
export const STREAM_DELAYS: readonly Scenario[] = [
  streams('delay-1', 'delay of 1 stream, chunks 5 ms apart', DELAYED[1], DELAY_FIGURES),
  streams('delay-100', 'delay of 100 streams, chunks 40 ms apart', DELAYED[100], DELAY_FIGURES),
  streams('delay-500', 'delay of 500 streams, chunks 100 ms apart', DELAYED[500], DELAY_FIGURES),
];

export const TLS_STREAMS: readonly Scenario[] = [
  streams('tls-paced', '500 streams of 100 chunks, 20 ms apart, TLS upstream', PACED, [CPU]),
  streams('tls-flat', '50 streams of 5,000 chunks, flat out, TLS upstream', FLAT, FLAT_FIGURES),
];

function streams(
  name: string,
  title: string,
  crowds: Record<Extent, Crowd>,
  figures: readonly Figure[],
  /** How often the same streams are read before those that are measured. */
  warmUps = 0,
): Scenario {
  const overTls = name.startsWith('tls-');
  return {
    name,
    title,
    overTls,
    alsoDirect: figures.some(({ compared }) => compared === 'added'),
    inQuick: !overTls && figures !== DELAY_FIGURES && warmUps === 0,
    figures,
    measure: (subject, extent) =>
      whileRunning(subject, async (running) => {
        const crowd = crowds[extent];
        await warmUp(running.target);
        await read(running.target, { streams: 30, chunks: 100, delayMs: 1, staggerMs: 1 });
        for (let at = 0; at < warmUps; at++) await read(running.target, crowd);
        const [result, { cpuSeconds }] = await account(running, () => read(running.target, crowd));
        const { complete, chunks, problems, ...measured } = result;
        const wanted = crowd.streams * (crowd.repeats ?? 1);
        const cut = complete < wanted ? [`${complete} of ${wanted} streams were whole`] : [];
        return {
          figures: { ...measured, cpuUs: (cpuSeconds / chunks) * 1e6 },
          problems: [...cut, ...problems],
        };
      }),
  };
}

function read(target: Target, { streams: count, chunks, delayMs, staggerMs, repeats = 1 }: Crowd) {
  const request = requestBytes(target, CHAT_PATH, chatBody(streamModel(chunks, delayMs)));
  return loadStreams({
    port: target.port,
    request,
    streams: count,
    repeats,
    chunks,
    staggerMs,
    timeoutMs: 30_000,
  });
}
