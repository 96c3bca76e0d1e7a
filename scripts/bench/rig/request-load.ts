import type { Socket } from 'node:net';
import { monotonicMs } from './clock';
import { open } from './request';
import { percentile } from './statistics';

/** The result of a closed loop of requests. */
export interface RequestLoad {
  readonly responses: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Bytes of the responses' bodies. */
  readonly bytes: number;
  /** What failed, each kind once. */
  readonly problems: readonly string[];
}

export interface RequestLoadOptions {
  readonly port: number;
  /** What is sent, or what makes it anew for each. */
  readonly request: Buffer | (() => Buffer);
  /** How many clients there are, each with a connection and one request at a time. */
  readonly concurrency: number;
  /** No request is started after that. */
  readonly durationMs: number;
  /** The size of every response's body. */
  readonly responseBytes: number;
}

const GRACE_MS = 10_000;

/** For a while, clients that send the next request as soon as they have a response. */
export async function loadRequests(options: RequestLoadOptions): Promise<RequestLoad> {
  const started = monotonicMs();
  const run = new Run(options, started + options.durationMs);
  const clients = Array.from({ length: options.concurrency }, () => new Client(options, run));
  const giveUp = setTimeout(() => {
    for (const client of clients) client.giveUp();
  }, options.durationMs + GRACE_MS);
  await Promise.all(clients.map((client) => client.done));
  clearTimeout(giveUp);
  const seconds = (monotonicMs() - started) / 1_000;
  const { latencies, bytes, problems } = run;
  return {
    responses: latencies.length,
    perSecond: latencies.length / seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    bytes,
    problems: [...problems],
  };
}

class Run {
  readonly latencies: number[] = [];
  readonly problems = new Set<string>();
  bytes = 0;
  private failures = 0;

  constructor(
    private readonly options: RequestLoadOptions,
    private readonly endMs: number,
  ) {}

  get isOver(): boolean {
    return monotonicMs() > this.endMs || this.failures > 100;
  }

  onResponse(status: number, bytes: number, latencyMs: number): void {
    if (status !== 200) this.failed(`status ${status}`);
    else if (bytes !== this.options.responseBytes)
      this.failed(`a response of ${bytes} bytes instead of ${this.options.responseBytes}`);
    else {
      this.latencies.push(latencyMs);
      this.bytes += bytes;
    }
  }

  failed(problem: string): void {
    this.failures++;
    this.problems.add(problem);
  }
}

class Client {
  readonly done: Promise<void>;
  private resolve: () => void = () => undefined;
  private socket: Socket | undefined;
  private asking = false;
  private askedMs = 0;
  private status = 0;
  private bytes = 0;

  constructor(
    private readonly options: RequestLoadOptions,
    private readonly run: Run,
  ) {
    this.done = new Promise((resolve) => (this.resolve = resolve));
    this.next();
  }

  onHead(status: number): void {
    this.status = status;
    this.bytes = 0;
  }

  onBody(part: Buffer): void {
    this.bytes += part.length;
  }

  onEnd(): void {
    this.asking = false;
    this.run.onResponse(this.status, this.bytes, monotonicMs() - this.askedMs);
    this.next();
  }

  giveUp(): void {
    this.socket?.destroy(new Error('no complete response in time'));
  }

  private next(): void {
    if (this.run.isOver) {
      this.socket?.destroy();
      this.resolve();
      return;
    }
    this.asking = true;
    this.askedMs = monotonicMs();
    this.socket ??= open(this.options.port, this, (reason) => this.closed(reason));
    const { request } = this.options;
    this.socket.write(typeof request === 'function' ? request() : request);
  }

  /** A server may close a connection between two responses, but not during one. */
  private closed(reason: string | undefined): void {
    this.socket = undefined;
    if (!this.asking) return;
    this.run.failed(reason ?? 'the connection was closed without a response');
    this.asking = false;
    this.next();
  }
}
