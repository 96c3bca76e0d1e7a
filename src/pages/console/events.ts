import type { ServerResponse } from 'node:http';
import type { RecentRequests } from './recent-requests';
import type { ConsoleEvents } from './report';
import { requestRow, type MessageOf } from './requests';

/** How many may listen at once: each holds a connection, of which an instance has a limited number. */
export const MAX_LISTENERS = 8;
/** What a listener has not taken yet; above that it is dropped, and finds what it has missed in the list. */
const MAX_UNSENT_BYTES = 262_144;
const TICK_MS = 200;
const HEARTBEAT_MS = 15_000;
const RETRY_MS = 1_000;
/** When the instance stops, others need a moment to start. */
const RETRY_AFTER_STOP_MS = 2_000;

export interface EventsOptions {
  readonly recent: RecentRequests;
  readonly instance: string;
  readonly messageOf: MessageOf;
  /** Whether streams are to end: the instance stops, or another configuration has taken its place. */
  readonly isOver: () => boolean;
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
  /** The wall clock, in ms. */
  readonly now: () => number;
  /** Never goes back, in ms. */
  readonly monotonicMs: () => number;
}

interface Listener {
  readonly response: ServerResponse;
  /** The last request that it was sent. */
  seq: number;
  readonly endsAtMs: number;
  heartbeatAtMs: number;
}

/**
 * Sends requests that have ended to those who listen. It reads the list a few times a second while somebody does, so that no
 * request waits for it or does anything for it; if more end in between than the list holds, the oldest are left out.
 */
export class RequestEvents {
  readonly #listeners = new Set<Listener>();
  #ticker: NodeJS.Timeout | undefined;

  constructor(private readonly options: EventsOptions) {}

  get count(): number {
    return this.#listeners.size;
  }

  get isFull(): boolean {
    return this.#listeners.size >= MAX_LISTENERS;
  }

  /**
   * @param response whose head is sent
   * @param afterSeq the last request that the listener knows; `undefined` if only what comes is wanted
   * @param limitMs how long it may last
   */
  listen(response: ServerResponse, afterSeq: number | undefined, limitMs = Infinity): void {
    const { recent, instance, now, monotonicMs } = this.options;
    const nowMs = monotonicMs();
    // A number of another instance, or of this one's predecessor, may be higher than any here.
    const seq = afterSeq !== undefined && afterSeq <= recent.count ? afterSeq : recent.count;
    const listener = { response, seq, endsAtMs: nowMs + limitMs, heartbeatAtMs: nowMs + HEARTBEAT_MS };
    this.#listeners.add(listener);
    response.once('close', () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#ticker);
      this.#ticker = undefined;
    });
    response.write(`retry: ${RETRY_MS}\n${this.#event('hello', { instance, now_ms: now() })}`);
    this.#send(listener, new Map());
    this.#ticker ??= setInterval(() => {
      this.#tick();
    }, TICK_MS).unref();
  }

  #tick(): void {
    const isOver = this.options.isOver();
    const nowMs = this.options.monotonicMs();
    const texts = new Map<number, string>();
    for (const listener of [...this.#listeners]) {
      const { response } = listener;
      if (response.writableLength > MAX_UNSENT_BYTES) response.destroy();
      else if (isOver) this.#end(listener, 'stopping', RETRY_AFTER_STOP_MS);
      else if (nowMs >= listener.endsAtMs) this.#end(listener, 'deadline', RETRY_MS);
      else if (this.#send(listener, texts)) listener.heartbeatAtMs = nowMs + HEARTBEAT_MS;
      else if (nowMs >= listener.heartbeatAtMs) {
        listener.heartbeatAtMs = nowMs + HEARTBEAT_MS;
        response.write(': heartbeat\n\n');
      }
    }
  }

  /** @param texts of requests that were written for another listener @returns whether there was anything */
  #send(listener: Listener, texts: Map<number, string>): boolean {
    const { recent, messageOf } = this.options;
    if (recent.count === listener.seq) return false;
    let batch = '';
    for (const request of [...recent.newest(listener.seq)].reverse()) {
      const { seq } = request;
      const text = texts.get(seq) ?? `id: ${seq}\n${this.#event('request', requestRow(request, messageOf))}`;
      texts.set(seq, text);
      batch += text;
    }
    listener.seq = recent.count;
    listener.response.write(batch);
    return true;
  }

  #end({ response }: Listener, reason: ConsoleEvents['end']['reason'], retryMs: number): void {
    response.end(`retry: ${retryMs}\n${this.#event('end', { reason })}`);
  }

  #event<Name extends keyof ConsoleEvents>(name: Name, data: ConsoleEvents[Name]): string {
    return `event: ${name}\ndata: ${this.options.redact(JSON.stringify(data))}\n\n`;
  }
}
