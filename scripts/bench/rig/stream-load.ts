import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from './clock';
import { STREAM_MARK } from './messages';
import { open } from './request';
import { percentile } from './statistics';

/** The result of a number of streams. */
export interface StreamLoad {
  readonly complete: number;
  readonly chunks: number;
  readonly chunksPerSecond: number;
  /** From the upstream's write to our read, per chunk. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** From the sending of a request, on a connection that is open, to the first chunk. */
  readonly firstP50Ms: number;
  readonly firstP99Ms: number;
  readonly problems: readonly string[];
}

export interface StreamLoadOptions {
  readonly port: number;
  readonly request: Buffer;
  /** How many are open at once. */
  readonly streams: number;
  /** How many there are of each, one after the other; 1 by default. */
  readonly repeats?: number;
  /** How many chunks each stream must deliver. */
  readonly chunks: number;
  /** Between the starts of two streams, so that their chunks do not arrive all at once. */
  readonly staggerMs: number;
  readonly timeoutMs: number;
}

/** Opens streams and reads them to their end. */
export async function loadStreams(options: StreamLoadOptions): Promise<StreamLoad> {
  const { port, request, streams: count, repeats = 1, chunks, staggerMs, timeoutMs } = options;
  const started = monotonicMs();
  const latencies: number[] = [];
  const streams: OpenStream[] = [];
  const rows: Promise<void>[] = [];
  let isLate = false;
  const row = async () => {
    for (let at = 0; at < repeats && !isLate; at++) {
      const stream = new OpenStream(port, request, latencies);
      streams.push(stream);
      await stream.ended;
    }
  };
  const giveUp = setTimeout(() => {
    isLate = true;
    for (const stream of streams) stream.close('it did not end in time');
  }, timeoutMs);
  while (rows.length < count) {
    const due = staggerMs === 0 ? count : Math.min(count, (monotonicMs() - started) / staggerMs + 1);
    while (rows.length < Math.floor(due)) rows.push(row());
    await sleep(1);
  }
  await Promise.all(rows);
  clearTimeout(giveUp);
  const seconds = (monotonicMs() - started) / 1_000;
  const short = streams.filter((stream) => stream.problem === undefined && stream.chunks !== chunks);
  const firsts = streams.flatMap(({ firstMs }) => firstMs ?? []);
  const problems = new Set(streams.flatMap(({ problem }) => problem ?? []));
  if (short.length > 0) problems.add(`a stream of ${short[0]?.chunks ?? 0} chunks instead of ${chunks}`);
  return {
    complete: streams.filter((stream) => stream.problem === undefined && stream.chunks === chunks).length,
    chunks: latencies.length,
    chunksPerSecond: latencies.length / seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    p999Ms: percentile(latencies, 0.999),
    firstP50Ms: percentile(firsts, 0.5),
    firstP99Ms: percentile(firsts, 0.99),
    problems: [...problems],
  };
}

/** One stream, from its request to its `[DONE]`. */
export class OpenStream {
  /** Resolves when the stream has ended, successfully or not; see `problem`. */
  readonly ended: Promise<void>;
  /** Resolves with the first chunk, or with the end if there is none. */
  readonly begun: Promise<void>;
  chunks = 0;
  problem: string | undefined;
  /** From the sending of the request to the first chunk; `undefined` if there was none. */
  firstMs: number | undefined;
  private sentMs = monotonicMs();
  private readonly socket: Socket;
  private begin: () => void = () => undefined;
  private carry = '';
  private sawDone = false;

  /** @param latencies receives the time that each chunk took */
  constructor(
    port: number,
    request: Buffer,
    private readonly latencies: number[] = [],
  ) {
    let end: () => void = () => undefined;
    this.begun = new Promise((resolve) => (this.begin = resolve));
    this.ended = new Promise((resolve) => (end = resolve));
    this.socket = open(port, this, (reason) => {
      if (!this.sawDone) this.problem ??= reason ?? 'it ended before its [DONE]';
      this.begin();
      end();
    });
    this.socket.once('connect', () => (this.sentMs = monotonicMs())); // it is sent as soon as there is a connection
    this.socket.write(request);
  }

  /** Disconnects, as a client does that needs no more. */
  close(problem?: string): void {
    this.problem ??= problem;
    this.socket.destroy();
  }

  onHead(status: number): void {
    if (status !== 200) this.close(`status ${status}`);
  }

  onBody(part: Buffer): void {
    const now = monotonicMs();
    const text = this.carry + part.toString('latin1');
    let at = 0;
    for (;;) {
      const mark = text.indexOf(STREAM_MARK, at);
      const end = mark < 0 ? -1 : text.indexOf('>', mark);
      if (end < 0) {
        // A mark or `[DONE]` may be split between two chunks: a possible beginning of one is kept.
        this.carry = text.slice(mark < 0 ? Math.max(at, text.length - STREAM_MARK.length) : mark);
        break;
      }
      this.firstMs ??= now - this.sentMs;
      this.latencies.push(now - Number(text.slice(mark + STREAM_MARK.length, end)));
      this.chunks++;
      at = end + 1;
    }
    if (text.includes('[DONE]', at)) this.sawDone = true;
    this.begin();
  }

  onEnd(): void {
    this.socket.destroy();
  }
}
