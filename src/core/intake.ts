import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../config';
import { JsonBody } from '../transforms/json-body';
import { transformChat } from '../transforms/registry';
import {
  MAX_KEPT_BYTES,
  NO_BODY,
  askForBody,
  inboundFraming,
  refuseTooLarge,
  type OutboundBody,
} from './body';
import type { BodyBudget } from './body-budget';
import { free } from './body-garbage';
import { readWhole } from './body-reader';
import { BodyShare } from './body-share';
import type { Exchange } from './exchange';
import type { Framing } from './headers';
import { StreamedBody } from './streamed-body';
import { WholeBody } from './whole-body';

/** What is done with a request's body: read whole, or passed on as it comes. */
export class Intake {
  readonly #framing: Framing;
  readonly #hasBody: boolean;
  #share: BodyShare | undefined;
  #json: JsonBody | undefined;

  /** @throws ProxyError `body-too-large` where its declared length says so */
  constructor(
    private readonly exchange: Exchange,
    private readonly config: Pick<Config, 'maxBodyBytes' | 'replayBodyBytes' | 'transforms'>,
    private readonly budget: BodyBudget,
  ) {
    const framing = inboundFraming(exchange.request);
    refuseTooLarge(framing, config.maxBodyBytes);
    this.#framing = framing;
    this.#hasBody = framing !== 'none' && (framing === 'chunked' || framing.contentLength > 0);
  }

  /** The body, if it was read; empty once it is not needed any more. */
  get json(): JsonBody | undefined {
    return this.#json;
  }

  /**
   * Whether the body is to be read whole. A chat in plain JSON is, since it may be transformed; any plain JSON is
   * where its model or conversation decides where it goes. All else streams through, and so does what is read for its
   * conversation and for a second try alone where memory is short.
   */
  isWorthReading(decides: boolean, canStream = false): boolean {
    if (!this.#hasBody || !isPlainJson(this.exchange.request.headers)) return false;
    if (this.#isChat()) return true;
    const bytes = typeof this.#framing === 'object' ? this.#framing.contentLength : 0;
    return decides && bytes <= this.config.replayBodyBytes && !(canStream && !this.budget.hasRoom(bytes));
  }

  /** @throws ProxyError `body-too-large`, `too-busy`, and whatever stops the exchange meanwhile */
  async read(): Promise<JsonBody> {
    this.#share = new BodyShare(this.budget, this.exchange);
    const bytes = await readWhole(this.exchange, {
      framing: this.#framing,
      maxBytes: this.config.maxBodyBytes,
      share: this.#share,
    });
    this.#json = new JsonBody(bytes);
    return this.#json;
  }

  /** @param json the body, where it was read; `pooled` says whether it may have to be sent again with another key */
  outbound(json: JsonBody | undefined, pooled: boolean): OutboundBody {
    const { maxBodyBytes, replayBodyBytes } = this.config;
    const framing = this.#framing;
    if (framing === 'none') return NO_BODY;
    if (!this.#hasBody) return { ...NO_BODY, framing };
    const maxReplayBytes = pooled ? replayBodyBytes : Infinity;
    const share = (this.#share ??= new BodyShare(this.budget, this.exchange));
    if (json === undefined) {
      askForBody(this.exchange);
      // What is too large to be sent again is not kept in part either, but for its first bytes (a dead socket).
      const replayable = framing === 'chunked' || framing.contentLength <= replayBodyBytes;
      const maxKeptBytes = Math.min(replayable && pooled ? replayBodyBytes : MAX_KEPT_BYTES, replayBodyBytes);
      return new StreamedBody(this.exchange, maxBodyBytes, framing, maxKeptBytes, share);
    }
    return new WholeBody(this.#transformed(json, share), {
      inbound: framing,
      maxReplayBytes,
      share,
      response: this.exchange.response,
      onDropped: () => this.#json?.forget(),
    });
  }

  /** What goes out; the body as it came is not kept beside it. */
  #transformed(json: JsonBody, share: BodyShare): Buffer {
    const { bytes } = json;
    const sent = this.#isChat() ? transformChat(json, this.config.transforms) : json;
    for (const before of [this.#json, json]) if (before !== sent) before?.forget();
    this.#json = sent;
    if (sent.bytes.buffer !== bytes.buffer) {
      free(bytes);
      share.fill(sent.bytes.length);
      share.shrinkTo(sent.bytes.length);
    }
    return sent.bytes;
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
