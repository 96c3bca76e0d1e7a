import type { Config } from '../config/read-config';
import type { Family } from '../metrics/family';
import type { FinishedRequest } from '../metrics/finished-request';
import { prometheusText } from '../metrics/prometheus-text';
import { RequestMetrics } from '../metrics/request-metrics';
import { stateFamilies } from '../metrics/state-families';
import type { Logger } from '../log/logger';
import type { Proxy } from '../proxy/proxy';
import { Collector, type CollectorOptions } from './collector';
import { Exporter } from './exporter';
import { proxyState, type OpenCounts } from './proxy-state';
import { resourceOf, type ServiceFacts } from './resource';
import type { SpanTools, TracedRequest } from './spans';

export interface MonitorOptions extends CollectorOptions, SpanTools {
  /** The newest configuration, and the proxy that was made of it. */
  readonly config: () => Config;
  readonly proxy: () => Proxy | undefined;
  /** What is running now. */
  readonly open: () => OpenCounts;
  /** Tells instances apart; without a meaning. */
  readonly instance: () => string;
  readonly facts: ServiceFacts;
  readonly onScf: boolean;
  /** What a request costs, in nano-dollars; `undefined` if that is not known. */
  readonly costOf: (request: FinishedRequest) => number | undefined;
  readonly logger: Pick<Logger, 'warn'>;
  /** Since when requests are counted; Unix time in ms. */
  readonly startedAtMs: number;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

/** Counts requests that have ended, and tells a collector of them. In a file of its own beside the bundle: few ask for it. */
export class Monitor {
  readonly #metrics: RequestMetrics;
  #exporter: Exporter | undefined;

  constructor(private readonly options: MonitorOptions) {
    this.#metrics = new RequestMetrics(options.clean, options.costOf);
  }

  count(request: FinishedRequest): void {
    this.#metrics.add(request);
  }

  /** Tells the collector of a request, which was counted before. */
  export(request: TracedRequest): void {
    this.#exporter ??= this.#newExporter();
    this.#exporter.add(request);
  }

  /** The metrics as Prometheus reads them. */
  async prometheusText(): Promise<string> {
    return prometheusText(await this.#families());
  }

  /** Sends what is not sent yet, within a second. */
  async close(): Promise<void> {
    await this.#exporter?.close();
  }

  async #families(): Promise<readonly Family[]> {
    const { options } = this;
    const dropped = this.#exporter?.dropped ?? {};
    const state = await proxyState({ ...options, instance: options.instance(), dropped });
    return [...this.#metrics.families(), ...stateFamilies(state)];
  }

  #newExporter(): Exporter {
    const { options } = this;
    const { config, facts, instance, onScf, open } = options;
    const collector = new Collector(options);
    return new Exporter({
      ...options,
      post: (signal, body) => collector.post(signal, body),
      resource: () => resourceOf(config(), facts, instance()),
      scope: { name: 'scf-llm-proxy', version: facts.version },
      families: () => this.#families(),
      mayFreeze: () => onScf && open().requests === 0,
    });
  }
}
