import { CHAT_RESPONSE, CHAT_PATH, chatBody, noise, UPLOAD_PATH } from '../rig/messages';
import { readMemory, resetPeak } from '../rig/proc';
import { requestBytes } from '../rig/request';
import { spread } from '../rig/statistics';
import type { Curve } from './curve';
import type { Pace } from './pace';
import { cpuPerRequest, startSubject, type Bench } from './subject';

/** In MB. The last is just below the limit of a body, MAX_BODY_BYTES. */
const MEGABYTES = [0.001, 0.1, 1, 5, 20, 50];
const BOUNDARY = '----bench-boundary';
const HASHED = JSON.stringify({ sha256: '0'.repeat(64) });

interface Way {
  readonly name: string;
  readonly title: string;
  readonly request: (port: number, bytes: number) => Buffer;
  readonly responseBytes: number;
}

const WAYS: readonly Way[] = [
  {
    name: 'inspected',
    title: 'Body of a chat, which is read whole',
    request: (port, bytes) => requestBytes({ port }, CHAT_PATH, chatBody('bench-chat', bytes)),
    responseBytes: CHAT_RESPONSE.length,
  },
  {
    name: 'streamed',
    title: 'Body of an upload, which streams through',
    request: (port, bytes) =>
      requestBytes({ port }, UPLOAD_PATH, upload(bytes), `multipart/form-data; boundary=${BOUNDARY}`),
    responseBytes: HASHED.length,
  },
];

interface Measured {
  readonly cpuMs: number;
  readonly peakMegabytes: number;
}

/** CPU and memory of one body at a time, each size in a process of its own. */
export async function* bodyCurves(bench: Bench, pace: Pace): AsyncGenerator<Curve> {
  for (const way of WAYS) {
    const all: { readonly x: number; readonly measured: readonly Measured[] }[] = [];
    for (const x of pace.some(MEGABYTES)) all.push({ x, measured: await measure(bench, way, x, pace) });
    const x = { label: 'MB', logarithmic: true };
    const points = (value: (one: Measured) => number) =>
      all.map((size) => ({ x: size.x, y: spread(size.measured.map(value)) }));
    yield {
      name: `body-${way.name}-cpu`,
      title: way.title,
      x,
      y: { label: 'CPU per request, ms' },
      slope: { unit: 'ms per MB', factor: 1 },
      points: points((one) => one.cpuMs),
    };
    yield {
      name: `body-${way.name}-memory`,
      title: way.title,
      x,
      y: { label: 'resident MB, at most' },
      slope: { unit: 'MB per MB', factor: 1 },
      points: points((one) => one.peakMegabytes),
    };
  }
}

async function measure(bench: Bench, way: Way, megabytes: number, pace: Pace): Promise<Measured[]> {
  const subject = await startSubject(bench);
  const request = (bytes: number) => way.request(subject.port, bytes);
  const load = { responseBytes: way.responseBytes, concurrency: 1 };
  await cpuPerRequest(subject, { ...load, request: request(1_000), durationMs: pace.warmUpMs });
  const measured: Measured[] = [];
  const body = request(megabytes * 1e6);
  for (let round = 0; round < pace.rounds; round++) {
    resetPeak(subject.process.pid);
    const micros = await cpuPerRequest(subject, { ...load, request: body, durationMs: pace.measureMs });
    measured.push({ cpuMs: micros / 1_000, peakMegabytes: readMemory(subject.process.pid).peak / 1e6 });
  }
  await subject.process.stop();
  return measured;
}

function upload(bytes: number): Buffer {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n`;
  return Buffer.concat([
    Buffer.from(head),
    noise(Math.ceil(bytes / 4) * 4, 1),
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ]);
}
