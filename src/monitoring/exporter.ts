import type { Family } from '../metrics/family';
import { keyValues, type Attributes } from './json';
import { otlpMetrics } from './metrics';
import { spansOf, type Span, type SpanTools, type TracedRequest } from './spans';

export type Signal = 'traces' | 'metrics';

/** What became of an export: `retry` if the receiver may take it later. */
export type Exported = 'ok' | 'retry' | 'failed';

export interface ExporterOptions extends SpanTools {
  /** Sends one export within a time limit. Never rejects. */
  readonly post: (signal: Signal, body: object) => Promise<Exported>;
  /** What the spans and metrics are of. */
  readonly resource: () => Attributes;
  /** The name and version of what has made them. */
  readonly scope: { readonly name: string; readonly version: string };
  readonly families: () => Promise<readonly Family[]>;
  /** Whether nothing may run any more until the next request: an idle instance on SCF is frozen. */
  readonly mayFreeze: () => boolean;
  /** Since when the metrics count; Unix time in ms. */
  readonly startedAtMs: number;
  /** Unix time in ms. */
  readonly now: () => number;
}

/** Spans that wait at most; further ones are dropped. */
export const MAX_WAITING = 512;
/** A batch that is sent although the last one was sent just now. */
const FULL_BATCH = 128;
/** As the batches of OpenTelemetry's own libraries. */
const SPAN_INTERVAL_MS = 5_000;
const METRICS_INTERVAL_MS = 60_000;
/** Before an instance may be frozen, so that a short burst is not missing until the next request. */
const METRICS_INTERVAL_BEFORE_FREEZING_MS = 10_000;
const CLOSE_LIMIT_MS = 1_000;

/** Spans on their way, which are sent twice at most. */
interface Batch {
  readonly spans: readonly Span[];
  readonly isRetry: boolean;
}

/**
 * Sends spans and metrics to a collector after the requests that they are of, one export after the other. No request waits
 * for it. What cannot be sent is dropped, and counted.
 */
export class Exporter {
  /** Spans, and exports of metrics, that were dropped. */
  readonly dropped: Record<Signal, number> = { traces: 0, metrics: 0 };
  #waiting: Span[] = [];
  #failed: Batch | undefined;
  #isChanged = false;
  #sending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #spansSentMs = -Infinity;
  #metricsSentMs = -Infinity;

  constructor(private readonly options: ExporterOptions) {}

  add(request: TracedRequest): void {
    const spans = spansOf(request, this.options);
    if (this.#waiting.length + spans.length > MAX_WAITING) this.dropped.traces += spans.length;
    else this.#waiting.push(...spans);
    this.#isChanged = true;
    this.#schedule();
  }

  /** Sends what is left, within a second. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_LIMIT_MS)));
    await Promise.race([this.#sendRest(), late]);
    clearTimeout(timer);
    clearTimeout(this.#timer);
  }

  async #sendRest(): Promise<void> {
    await this.#sending;
    if (this.#failed || this.#waiting.length > 0) await this.#sendSpans();
    if (this.#isChanged) await this.#sendMetrics();
  }

  /** Sends what is due now, and sets the timer for what is due later. */
  #schedule(): void {
    if (this.#sending) return;
    clearTimeout(this.#timer);
    const inMs = Math.min(this.#spansDueInMs(), this.#metricsDueInMs());
    if (inMs === Infinity) return;
    if (inMs > 0) {
      this.#timer = setTimeout(() => this.#schedule(), inMs);
      this.#timer.unref();
      return;
    }
    this.#sending = this.#sendDue().then(() => {
      this.#sending = undefined;
      this.#schedule();
    });
  }

  async #sendDue(): Promise<void> {
    if (this.#spansDueInMs() <= 0) await this.#sendSpans();
    if (this.#metricsDueInMs() <= 0) await this.#sendMetrics();
  }

  #spansDueInMs(): number {
    const nextMs = this.#leftMs(this.#spansSentMs, SPAN_INTERVAL_MS);
    if (this.#failed) return nextMs;
    if (this.#waiting.length === 0) return Infinity;
    return this.#waiting.length >= FULL_BATCH || this.options.mayFreeze() ? 0 : nextMs;
  }

  #metricsDueInMs(): number {
    if (!this.#isChanged) return Infinity;
    return this.#leftMs(
      this.#metricsSentMs,
      this.options.mayFreeze() ? METRICS_INTERVAL_BEFORE_FREEZING_MS : METRICS_INTERVAL_MS,
    );
  }

  #leftMs(lastMs: number, intervalMs: number): number {
    const elapsedMs = this.options.now() - lastMs;
    return elapsedMs < 0 ? 0 : Math.max(0, intervalMs - elapsedMs); // the clock was set back
  }

  async #sendSpans(): Promise<void> {
    this.#spansSentMs = this.options.now();
    const batch = this.#failed ?? { spans: this.#waiting.splice(0), isRetry: false };
    this.#failed = undefined;
    const exported = await this.options.post('traces', {
      resourceSpans: [
        { resource: this.#resource(), scopeSpans: [{ scope: this.options.scope, spans: batch.spans }] },
      ],
    });
    if (exported === 'retry' && !batch.isRetry) this.#failed = { ...batch, isRetry: true };
    else if (exported !== 'ok') this.dropped.traces += batch.spans.length;
  }

  async #sendMetrics(): Promise<void> {
    const nowMs = this.options.now();
    this.#metricsSentMs = nowMs;
    this.#isChanged = false;
    const families = await this.options.families();
    const exported = await this.options.post('metrics', {
      resourceMetrics: [
        {
          resource: this.#resource(),
          scopeMetrics: [
            {
              scope: this.options.scope,
              metrics: otlpMetrics(families, { fromMs: this.options.startedAtMs, toMs: nowMs }),
            },
          ],
        },
      ],
    });
    // The next export has it all again: sums are of all that was since the start.
    if (exported !== 'ok') this.dropped.metrics++;
  }

  #resource(): object {
    return { attributes: keyValues(this.options.resource()) };
  }
}
