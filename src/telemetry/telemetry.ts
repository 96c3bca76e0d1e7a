import { randomBytes } from 'node:crypto';
import type { EndedRequest } from '../books/ended-request';
import type { Config } from '../config/read-config';
import type { FinishedRequest } from '../metrics/finished-request';
import type { Monitor, MonitorOptions } from '../monitoring/monitor';
import { redactionOf } from '../pages/redacted-json';
import type { ProxyChoice } from '../proxy/connect/http-proxy';
import type { Exchange } from '../proxy/exchange/exchange';
import { finishedRequestOf, tracedRequestOf } from './finished';

type Given = 'config' | 'proxy' | 'open' | 'instance' | 'facts' | 'onScf' | 'clean' | 'logger' | 'now';

export interface TelemetryOptions extends Pick<MonitorOptions, Given> {
  readonly httpProxy?: ProxyChoice | undefined;
}

/** Whether anybody may see what is counted. */
export function isMonitored({ adminToken, metricsToken, otlpEndpoint }: Config): boolean {
  return adminToken !== '' || metricsToken !== '' || otlpEndpoint !== undefined;
}

/** Requests that wait at most to be counted, before what counts them is loaded. */
const MAX_WAITING = 100;

/**
 * Has requests that have ended counted for `/-/metrics`, and a collector told of them. What does this is loaded with the
 * first look at the metrics, the first hundred requests, or, if there is a collector, the first one; no request waits for it.
 */
export class Telemetry {
  readonly #startedAtMs: number;
  #waiting: FinishedRequest[] = [];
  #monitor: Monitor | undefined;
  #loading: Promise<Monitor> | undefined;

  constructor(private readonly options: TelemetryOptions) {
    this.#startedAtMs = options.now();
  }

  /** Counts a request that has ended. */
  record(exchange: Exchange): void {
    const { config, now, onScf } = this.options;
    const finished = finishedRequestOf(exchange, now());
    if (this.#monitor) this.#monitor.count(finished);
    else if (this.#waiting.push(finished) === MAX_WAITING) void this.#load().catch(() => this.#warn());
    const { otlpEndpoint, upstreams } = config();
    if (!otlpEndpoint) return;
    const traced = tracedRequestOf(exchange, finished, { upstreams, onScf });
    if (this.#monitor) this.#monitor.export(traced);
    else {
      this.#load().then(
        (monitor) => monitor.export(traced),
        () => this.#warn(),
      );
    }
  }

  /** The metrics as Prometheus reads them. */
  async prometheusText(): Promise<string> {
    return (await this.#load()).prometheusText();
  }

  /** Sends what is not sent yet, within a second. */
  async close(): Promise<void> {
    const monitor = await this.#loading?.catch(() => undefined);
    await monitor?.close();
  }

  #warn(): void {
    this.#waiting = [];
    this.options.logger.warn({}, 'monitoring.js cannot be loaded; copy it beside the bundle');
  }

  #load(): Promise<Monitor> {
    return (this.#loading ??= Promise.all([
      import('../monitoring/monitor'),
      import('../books/charge'),
      import('../proxy/connect/post-once'),
    ]).then(([{ Monitor: Loaded }, { chargeOf }, { postOnce }]) => {
      const { config, httpProxy } = this.options;
      const monitor = new Loaded({
        ...this.options,
        startedAtMs: this.#startedAtMs,
        costOf: (finished) => chargeOf(endedOf(finished), config().prices),
        post: (request) => postOnce({ ...request, httpProxy }),
        redact: (text) => redactionOf(config())(text),
        randomHex: (bytes) => randomBytes(bytes).toString('hex'),
      });
      for (const finished of this.#waiting.splice(0)) monitor.count(finished);
      return (this.#monitor = monitor);
    }));
  }
}

function endedOf({ endedAtMs: atMs, provider = '', ...rest }: FinishedRequest): EndedRequest {
  const { token, model, metering, knownNanoUsd, outcome } = rest;
  return { atMs, token, provider, model, metering, knownNanoUsd, isError: outcome !== 'complete' };
}
