import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../config';
import { JsonBody } from '../transforms/json-body';
import { transformChat } from '../transforms/registry';
import {
  MAX_KEPT_BYTES,
  NO_BODY,
  StreamedBody,
  askForBody,
  inboundFraming,
  readWhole,
  refuseTooLarge,
  wholeBody,
  type OutboundBody,
} from './body';
import type { Exchange } from './exchange';
import type { Framing } from './headers';

/** What is done with a request's body: read whole, or passed on as it comes. */
export class Intake {
  readonly #framing: Framing;
  readonly #hasBody: boolean;

  /** @throws ProxyError `body-too-large` where its declared length says so */
  constructor(
    private readonly exchange: Exchange,
    private readonly config: Pick<Config, 'maxBodyBytes' | 'replayBodyBytes' | 'transforms'>,
  ) {
    const framing = inboundFraming(exchange.request);
    refuseTooLarge(framing, config.maxBodyBytes);
    this.#framing = framing;
    this.#hasBody = framing !== 'none' && (framing === 'chunked' || framing.contentLength > 0);
  }

  /**
   * Whether the body is to be read whole. A chat in plain JSON is, since it may be transformed; any plain JSON is
   * where its model or conversation decides where it goes. All else streams through.
   */
  isWorthReading(decides: boolean): boolean {
    if (!this.#hasBody || !isPlainJson(this.exchange.request.headers)) return false;
    if (this.#isChat()) return true;
    const framing = this.#framing;
    const small = typeof framing !== 'object' || framing.contentLength <= this.config.replayBodyBytes;
    return decides && small;
  }

  /** @throws ProxyError `body-too-large`, and whatever stops the exchange meanwhile */
  async read(): Promise<JsonBody> {
    askForBody(this.exchange);
    return new JsonBody(await readWhole(this.exchange, this.config.maxBodyBytes));
  }

  /** @param json the body, where it was read; `pooled` says whether it may have to be sent again with another key */
  outbound(json: JsonBody | undefined, pooled: boolean): OutboundBody {
    const { maxBodyBytes, replayBodyBytes, transforms } = this.config;
    const framing = this.#framing;
    if (framing === 'none') return NO_BODY;
    if (!this.#hasBody) return wholeBody(Buffer.alloc(0), framing);
    const maxReplayBytes = pooled ? replayBodyBytes : undefined;
    if (json === undefined) {
      askForBody(this.exchange);
      // What is too large to be sent again is not kept in part either, but for its first bytes (a dead socket).
      const replayable = framing === 'chunked' || framing.contentLength <= replayBodyBytes;
      const maxKeptBytes = replayable ? maxReplayBytes : Math.min(MAX_KEPT_BYTES, replayBodyBytes);
      return new StreamedBody(this.exchange, maxBodyBytes, framing, maxKeptBytes);
    }
    const bytes = this.#isChat() ? transformChat(json, transforms).bytes : json.bytes;
    return wholeBody(bytes, framing, maxReplayBytes);
  }

  #isChat(): boolean {
    return this.exchange.dialect.isChatPath(this.exchange.path);
  }
}

function isPlainJson(headers: IncomingHttpHeaders): boolean {
  return (
    /^application\/json\b/i.test(headers['content-type'] ?? '') &&
    (headers['content-encoding'] ?? 'identity') === 'identity'
  );
}
