import type { IncomingMessage, ServerResponse } from 'node:http';
import { monotonicMs } from '../../clock/monotonic';
import { ClientDisconnected, type ProxyError } from '../../errors/proxy-error';
import type { Dialect } from '../../dialects/dialect';
import type { RawHeaders } from '../../http/filter-headers';
import type { Metering } from '../../meter/usage';
import type { Provider } from '../../providers/provider';
import { dialectOf } from '../routing/detect-provider';
import type { AcceptedSocket } from './accepted-socket';
import { AccessRecord } from './access-record';

/** Resolves when it is done; `undefined` if there was nothing to wait for. */
type Settle = () => Promise<void> | undefined;
type Stop = (reason: ProxyError | ClientDisconnected) => void;

/** Watches the time limits of an exchange. */
export interface TimeWatch {
  check(nowMs: number): void;
  /** From here on a message of a WebSocket's client is awaited. */
  awaitMessage(hasBegun: () => boolean): void;
  /** It has come: from here on the head of a response is awaited. */
  endMessage(): void;
}

/** What a request to an upstream needs of the work that it is sent for. */
export type SentFor = Pick<Exchange, 'failure' | 'onStop'> & {
  readonly record: Pick<AccessRecord, 'attempts'>;
};

/**
 * One request on its way through the proxy: both of the client's streams, the dialect of its errors, and the
 * one way to stop everything under way for it.
 */
export class Exchange {
  readonly startedAtMs: number;
  readonly record = new AccessRecord();
  /** This proxy's id of the request; '' outside of the app. */
  requestId = '';
  /** Set as soon as it is known; errors before that have the default provider's shape. */
  provider: Provider;
  /** The path as it is relayed, less stage and provider; '' until it is known. Never logged as it stands. */
  path = '';
  /** Whether the proxy has asked for the usage, so that it is to be taken out of the response. */
  asksForUsage = false;
  /** Headers of the proxy for every response to this client. */
  proxyHeaders: RawHeaders = [];
  /** Its time limits, once they count. */
  timeouts: TimeWatch | undefined;
  /** Its WebSocket, if the proxy has accepted that before its upstream; the client has its 101 then. */
  socket: AcceptedSocket | undefined;
  /**
   * Called with what the responses of its WebSocket have used that are over, when another one is: resolves to a failure if
   * that was the last one that its token may have. `undefined` if nobody counts it. Of a response that goes on nothing is
   * known; what it may have used counts once the WebSocket is closed.
   */
  onUse: ((soFar: Metering) => Promise<ProxyError | undefined>) | undefined;
  /** Where it stands in the list of those that run. */
  place = -1;
  /** The failure that ended it, if one did. */
  failure: ProxyError | ClientDisconnected | undefined;

  #isComplete = false;
  #durationMs: number | undefined;
  readonly #settles: Settle[] = [];
  readonly #stops: Stop[] = [];
  readonly #atClose: (() => void)[] = [];

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    defaultProvider: Provider,
    /** Whether the request is an upgrade whose socket is at hand; a response of 101 then joins it to the upstream's. */
    readonly upgrades = false,
  ) {
    this.startedAtMs = monotonicMs();
    this.provider = defaultProvider;
    response.on('close', () => {
      // Not `writableFinished`: under serverless-http it is still false when a complete response closes.
      if (!response.writableEnded && !this.#isComplete)
        this.stop(new ClientDisconnected('the client disconnected before the response was complete'));
      for (const release of this.#atClose.splice(0)) release();
    });
  }

  get dialect(): Dialect {
    return dialectOf(this.provider, this.path);
  }

  elapsedMs(): number {
    return monotonicMs() - this.startedAtMs;
  }

  /** How long it took, once it has ended: the same for everything that tells of it. */
  get durationMs(): number {
    return (this.#durationMs ??= this.elapsedMs());
  }

  /** Adds a header of the proxy to whatever the client gets. */
  addHeader(name: string, value: string): void {
    this.proxyHeaders = [...this.proxyHeaders, name, value];
  }

  /** The same in place of one of that name, which must be written alike; '' only removes it. */
  setHeader(name: string, value: string): void {
    const before = this.proxyHeaders;
    this.proxyHeaders = before.filter((_, at) => before[at - (at % 2)] !== name);
    if (value !== '') this.addHeader(name, value);
  }

  /**
   * Says how to stop something that begins now; called at once if the exchange was stopped already.
   * @returns says that it is over, and no longer to be stopped
   */
  onStop(stop: Stop): () => void {
    if (this.failure) {
      stop(this.failure);
      return () => undefined;
    }
    this.#stops.push(stop);
    return () => {
      const at = this.#stops.indexOf(stop);
      if (at !== -1) this.#stops.splice(at, 1);
    };
  }

  /**
   * Marks where one of several attempts begins.
   * @returns stops all that has begun since, and nothing else; the exchange goes on
   */
  startAttempt(): (reason: ProxyError) => void {
    const mark: Stop = () => undefined;
    this.#stops.push(mark);
    return (reason) => {
      const at = this.#stops.indexOf(mark);
      if (at !== -1) for (const stop of this.#stops.splice(at).reverse()) stop(reason);
    };
  }

  /** Calls `release` once the response is closed, however it ended; at once if it is closed already. */
  onClose(release: () => void): void {
    if (this.response.closed) release();
    else this.#atClose.push(release);
  }

  /** Says what counts the request once it has ended and its usage is known; done at once if it is closed already. */
  onSettle(settle: Settle): void {
    if (this.response.closed) void settle();
    else this.#settles.push(settle);
  }

  /** To be called once, when it has ended and its usage is known, before it is logged. */
  settle(): Promise<void> | undefined {
    if (this.#settles.length < 2) return this.#settles[0]?.();
    const waited = this.#settles.map((settle) => settle()).filter((one) => one !== undefined);
    return waited.length === 0 ? undefined : Promise.all(waited).then(() => undefined);
  }

  /** Says that it has come to its end as it should, so that the connection's closing means nothing more. */
  complete(): void {
    this.#isComplete = true;
  }

  /** Stops all that is under way, what began last first. The first reason stands. */
  stop(reason: ProxyError | ClientDisconnected): void {
    if (this.failure) return;
    this.failure = reason;
    for (const stop of this.#stops.splice(0).reverse()) stop(reason);
  }
}
