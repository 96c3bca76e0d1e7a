import { setTimeout as sleep } from 'node:timers/promises';
import { compiled } from './rig/cache';
import { pickCores, pinSelf } from './rig/cores';
import { CHAT_PATH, chatBody, streamModel } from './rig/messages';
import { freePort } from '../shared/loopback';
import { listening } from './rig/ports';
import { cpuBetween, readCpu, readMemory } from './rig/proc';
import { endWithUs, start } from './rig/processes';
import { ask, requestBytes } from './rig/request';
import { loadRequests } from './rig/request-load';
import { median } from './rig/statistics';
import { loadStreams } from './rig/stream-load';
import { UPSTREAM_CA, UPSTREAM_TLS } from './rig/upstream';

/** Measures whether HTTP/2 to the upstream is cheaper: two bare pipes that differ in nothing else. */
const ROUNDS = 5;
const STREAMS = 100;
const CHUNKS = 200;
const WARM_UP_MS = 500;
const CHATS_MS = 2_000;

interface Figures {
  readonly restMb: number;
  readonly streamsMb: number;
  readonly chunkUs: number;
  readonly chatUs: number;
}

async function main(): Promise<void> {
  endWithUs();
  const cores = pickCores();
  pinSelf(cores.load);
  const port = await freePort();
  const environment = { PORT: String(port), ...UPSTREAM_TLS };
  const upstream = await start(
    { command: [process.execPath, await compiled('fakes/bench-http2-upstream')], environment },
    cores.load,
  );
  await listening(port, upstream);
  const pipes = [
    { title: 'HTTP/1.1', file: await compiled('bench/peers/bare-pipe/server'), figures: [] as Figures[] },
    { title: 'HTTP/2', file: await compiled('bench/peers/http2-pipe/server'), figures: [] as Figures[] },
  ];
  for (let round = 0; round < ROUNDS; round++) {
    for (const { file, figures } of pipes) {
      figures.push(await measure(file, `https://localhost:${port}`, cores.proxy));
    }
  }
  await upstream.stop();
  console.log(`Node ${process.version}; ${cores.note}; medians of ${ROUNDS} rounds; TLS upstream.\n`);
  console.log(
    '| Bare pipe, upstream by | at rest | 100 streams | CPU per chunk | CPU per chat, 32 at a time |',
  );
  console.log('| --- | ---: | ---: | ---: | ---: |');
  for (const { title, figures } of pipes) {
    const of = (key: keyof Figures) => median(figures.map((one) => one[key]));
    console.log(
      `| ${title} | ${of('restMb').toFixed(1)} MB | ${of('streamsMb').toFixed(1)} MB | ${of('chunkUs').toFixed(1)} µs | ${of('chatUs').toFixed(0)} µs |`,
    );
  }
}

async function measure(file: string, upstream: string, core: number | undefined): Promise<Figures> {
  const port = await freePort();
  const environment = { PORT: String(port), UPSTREAM: upstream, NODE_EXTRA_CA_CERTS: UPSTREAM_CA };
  const pipe = await start({ command: [process.execPath, file], environment }, core);
  try {
    await listening(port, pipe);
    const chat = requestBytes({ port }, CHAT_PATH, chatBody());
    const { body } = await ask(port, chat);
    const restMb = readMemory(pipe.pid).resident / 1e6;

    const request = requestBytes({ port }, CHAT_PATH, chatBody(streamModel(CHUNKS, 20)));
    const running = loadStreams({
      port,
      request,
      streams: STREAMS,
      chunks: CHUNKS,
      staggerMs: 1,
      timeoutMs: 30_000,
    });
    await sleep(1_500);
    const streamsMb = readMemory(pipe.pid).resident / 1e6;
    const before = readCpu(pipe.pid);
    const begunMs = performance.now();
    await sleep(1_500);
    const seconds = cpuBetween(before, readCpu(pipe.pid));
    const chunks = ((performance.now() - begunMs) / 20) * STREAMS;
    const { problems } = await running;

    const load = { port, request: chat, concurrency: 32, responseBytes: body.length };
    await loadRequests({ ...load, durationMs: WARM_UP_MS });
    const chatsBefore = readCpu(pipe.pid);
    const chats = await loadRequests({ ...load, durationMs: CHATS_MS });
    const chatSeconds = cpuBetween(chatsBefore, readCpu(pipe.pid));
    const wrong = [...problems, ...chats.problems];
    if (wrong.length > 0) throw new Error(wrong.join('; '));
    return {
      restMb,
      streamsMb,
      chunkUs: (seconds / chunks) * 1e6,
      chatUs: (chatSeconds / chats.responses) * 1e6,
    };
  } finally {
    await pipe.stop();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
