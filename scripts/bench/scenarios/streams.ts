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

const FLAT_FIGURES: readonly Figure[] = [
  CPU,
  { key: 'chunksPerSecond', title: 'chunks per second', unit: '', digits: 0 },
];

interface Crowd {
  readonly streams: number;
  readonly chunks: number;
  readonly delayMs: number;
  readonly staggerMs: number;
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
 * Flat out, the upstream decides when a chunk is sent: a slow proxy reads several at once, which makes each cheaper. So
 * a ratio below 1 is no advantage, and other load on the machine lowers it.
 */
export const STREAMS: readonly Scenario[] = [
  streams('paced', '500 streams of 100 chunks, 20 ms apart', PACED, PACED_FIGURES),
  streams('flat', '50 streams of 5,000 chunks, flat out', FLAT, FLAT_FIGURES),
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
): Scenario {
  const overTls = name.startsWith('tls-');
  return {
    name,
    title,
    overTls,
    alsoDirect: figures.some(({ compared }) => compared === 'added'),
    inQuick: !overTls,
    figures,
    measure: (subject, extent) =>
      whileRunning(subject, async (running) => {
        const crowd = crowds[extent];
        await warmUp(running.target);
        await read(running.target, { streams: 30, chunks: 100, delayMs: 1, staggerMs: 1 });
        const [result, { cpuSeconds }] = await account(running, () => read(running.target, crowd));
        const { complete, chunks, chunksPerSecond, p50Ms, p99Ms, problems } = result;
        const cut = complete < crowd.streams ? [`${complete} of ${crowd.streams} streams were whole`] : [];
        return {
          figures: { cpuUs: (cpuSeconds / chunks) * 1e6, chunksPerSecond, p50Ms, p99Ms },
          problems: [...cut, ...problems],
        };
      }),
  };
}

function read(target: Target, { streams: count, chunks, delayMs, staggerMs }: Crowd) {
  const request = requestBytes(target, CHAT_PATH, chatBody(streamModel(chunks, delayMs)));
  return loadStreams({
    port: target.port,
    request,
    streams: count,
    chunks,
    staggerMs,
    timeoutMs: 30_000,
  });
}
