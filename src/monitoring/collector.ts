import type { Config } from '../config/read-config';
import type { Logger } from '../log/logger';
import type { Redact } from '../log/redact';
import type { PostRequest, PostResponse } from '../proxy/connect/post-once';
import type { Exported, Signal } from './exporter';

/** The default of OTEL_EXPORTER_OTLP_TIMEOUT. */
const LIMIT_MS = 10_000;
/** https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export interface CollectorOptions {
  /** The newest configuration. */
  readonly config: () => Pick<Config, 'otlpEndpoint' | 'otlpHeaders'>;
  /** Sends a request; rejects without saying anything of the address. */
  readonly post: (request: PostRequest) => Promise<PostResponse>;
  /** Takes out every secret of the newest configuration. */
  readonly redact: Redact;
  readonly logger: Pick<Logger, 'warn'>;
}

/** The receiver at OTEL_EXPORTER_OTLP_ENDPOINT: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export class Collector {
  #hasFailed = false;

  constructor(private readonly options: CollectorOptions) {}

  /** Sends one export, with every secret of the configuration taken out. Never rejects. */
  async post(signal: Signal, body: object): Promise<Exported> {
    const { config, post, redact } = this.options;
    const { otlpEndpoint: origin, otlpHeaders } = config();
    if (!origin) return 'ok'; // no longer configured
    try {
      const { status } = await post({
        origin,
        path: `${origin.pathPrefix}/v1/${signal}`,
        headers: { ...Object.fromEntries(otlpHeaders), 'Content-Type': 'application/json' },
        body: Buffer.from(redact(JSON.stringify(body))),
        limitMs: LIMIT_MS,
      });
      if (status >= 200 && status <= 299) {
        this.#hasFailed = false;
        return 'ok';
      }
      this.#logFailure(origin.host, new Error(`status ${status}`));
      return RETRYABLE.has(status) ? 'retry' : 'failed';
    } catch (cause) {
      this.#logFailure(origin.host, cause);
      return 'retry';
    }
  }

  /** Once, until an export was sent again. */
  #logFailure(host: string, cause: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.options.logger.warn(
      { host, cause },
      'spans and metrics could not be sent, and are dropped; check OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS',
    );
  }
}
