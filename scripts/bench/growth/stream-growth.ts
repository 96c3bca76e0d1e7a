import { setTimeout as sleep } from 'node:timers/promises';
import { CHAT_RESPONSE, CHAT_PATH, chatBody, streamModel } from '../rig/messages';
import { cpuBetween, readCpu } from '../rig/proc';
import { requestBytes } from '../rig/request';
import { spread } from '../rig/statistics';
import { OpenStream } from '../rig/stream-load';
import type { Curve } from './curve';
import type { Pace } from './pace';
import { cpuPerRequest, residentMegabytes, startSubject, type Bench } from './subject';

const STREAMS = [1, 10, 100, 500, 1_000, 2_000];
/** In total, over all streams, so that only the number of streams differs. */
const CHUNKS_PER_SECOND = 2_000;
const OPENED_PER_MS = 1;
const MEASURED_FOR = 4; // times as long as a request

interface Measured {
  readonly residentMegabytes: number;
  readonly cpuMicrosPerChunk: number;
}

/** Memory and CPU of open streams, each count in its own process, because a heap that has grown does not shrink. */
export async function streamCurves(bench: Bench, pace: Pace): Promise<readonly Curve[]> {
  const counts = pace.some(STREAMS);
  const measured = new Map(counts.map((count) => [count, [] as Measured[]]));
  for (let round = 0; round < Math.ceil(pace.rounds / 2); round++) {
    for (const count of counts) measured.get(count)?.push(await measure(bench, count, pace));
  }
  const points = (value: (one: Measured) => number) =>
    [...measured].map(([x, all]) => ({ x, y: spread(all.map(value)) }));
  const x = { label: 'open streams', logarithmic: true };
  return [
    {
      name: 'streams-memory',
      title: 'Open streams',
      x,
      y: { label: 'resident MB' },
      slope: { unit: 'KB per stream', factor: 1_000 },
      points: points((one) => one.residentMegabytes),
    },
    {
      name: 'streams-cpu',
      title: `Open streams, ${CHUNKS_PER_SECOND.toLocaleString('en-US')} chunks a second in all`,
      x,
      y: { label: 'CPU per chunk, µs' },
      slope: { unit: 'ns per stream', factor: 1_000 },
      points: points((one) => one.cpuMicrosPerChunk),
    },
  ];
}

async function measure(bench: Bench, count: number, pace: Pace): Promise<Measured> {
  const subject = await startSubject(bench);
  const { port, process } = subject;
  const warmUp = requestBytes({ port }, CHAT_PATH, chatBody());
  await cpuPerRequest(subject, {
    request: warmUp,
    responseBytes: CHAT_RESPONSE.length,
    concurrency: 8,
    durationMs: pace.warmUpMs,
  });
  const delayMs = Math.max(1, Math.round((count / CHUNKS_PER_SECOND) * 1_000));
  const request = requestBytes({ port }, CHAT_PATH, chatBody(streamModel(1e6, delayMs)));
  const streams: OpenStream[] = [];
  while (streams.length < count) {
    streams.push(new OpenStream(port, request));
    if (streams.length % OPENED_PER_MS === 0) await sleep(1);
  }
  await Promise.all(streams.map(({ begun }) => begun));
  await sleep(Math.max(500, delayMs));
  const received = () => streams.reduce((sum, { chunks }) => sum + chunks, 0);
  const [before, chunksBefore] = [readCpu(process.pid), received()];
  await sleep(pace.measureMs * MEASURED_FOR);
  const cpu = cpuBetween(before, readCpu(process.pid));
  const chunks = received() - chunksBefore;
  const resident = residentMegabytes(subject);
  const problem = streams.find((stream) => stream.problem !== undefined)?.problem;
  if (problem !== undefined) throw new Error(`a stream of ${count} failed: ${problem}`);
  for (const stream of streams) stream.close();
  await process.stop();
  return { residentMegabytes: resident, cpuMicrosPerChunk: (cpu / chunks) * 1e6 };
}
