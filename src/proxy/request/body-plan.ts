import type { IncomingHttpHeaders } from 'node:http';
import { JsonBody } from '../../json/json-body';
import { askForUsage } from '../../transforms/ask-for-usage';
import { transformChat } from '../../transforms/registry';
import type { Transform } from '../../transforms/transform';
import {
  MAX_KEPT_BYTES,
  NO_BODY,
  askForBody,
  inboundFraming,
  refuseTooLarge,
  type OutboundBody,
} from '../body/body';
import type { BodyBudget } from '../body/body-budget';
import { free } from '../exchange/buffer-gc';
import { readWhole } from '../body/body-reader';
import { BodyShare } from '../body/body-share';
import type { Exchange } from '../exchange/exchange';
import type { Framing } from '../../http/filter-headers';
import { StreamedBody } from '../body/streamed-body';
import { WholeBody } from '../body/whole-body';

export interface BodyOptions {
  readonly maxBodyBytes: number;
  /** A longer body is not kept to be sent again. */
  readonly replayBodyBytes: number;
  readonly transforms: readonly Transform[];
  /** Whether the usage of a streamed chat is asked for where the client has not. */
  readonly meterStreams: 'off' | 'ask';
}

/** How a request's body is handled: read whole, or streamed through. */
export class BodyPlan {
  readonly #framing: Framing;
  readonly #hasBody: boolean;
  #share: BodyShare | undefined;
  #json: JsonBody | undefined;
  #whole: WholeBody | undefined;
  #asksForUsage = true;

  /** @throws ProxyError `body-too-large` if the declared length exceeds the limit */
  constructor(
    private readonly exchange: Exchange,
    private readonly options: BodyOptions,
    private readonly budget: BodyBudget,
  ) {
    const framing = inboundFraming(exchange.request);
    refuseTooLarge(framing, options.maxBodyBytes);
    this.#framing = framing;
    this.#hasBody = framing !== 'none' && (framing === 'chunked' || framing.contentLength > 0);
  }

  /** The body, if it was read; empty once it is no longer needed. */
  get json(): JsonBody | undefined {
    return this.#json;
  }

  /**
   * Whether the body is to be read whole. A chat in plain JSON is, because it may be transformed; any plain JSON is if its
   * model decides where it goes, or if it may have to be sent with another key, unless memory is short. All else streams
   * through.
   */
  isReadFor(purpose: 'transforms' | 'routing' | 'failover'): boolean {
    if (!this.#hasBody || !isPlainJson(this.exchange.request.headers)) return false;
    if (this.#isChat()) return true;
    if (purpose === 'transforms') return false;
    const bytes = typeof this.#framing === 'object' ? this.#framing.contentLength : 0;
    return bytes <= this.options.replayBodyBytes && (purpose === 'routing' || this.budget.hasRoom(bytes));
  }

  /** @throws ProxyError `body-too-large`, `too-busy`, and the reason that stops the exchange meanwhile */
  async read(): Promise<JsonBody> {
    this.#share = new BodyShare(this.budget, this.exchange);
    const bytes = await readWhole(this.exchange, {
      framing: this.#framing,
      maxBytes: this.options.maxBodyBytes,
      share: this.#share,
    });
    this.#json = new JsonBody(bytes);
    return this.#json;
  }

  /** Keeps the body, however short memory is, until it is sent once more. */
  keep(): void {
    this.#share?.keep();
  }

  /** Leaves the usage of a stream unasked, for a request that may go to a provider that does not know the question. */
  keepFromAsking(): void {
    this.#asksForUsage = false;
  }

  /**
   * The body as it goes upstream. It replaces one that was made before.
   * @param json the body, if it was read
   * @param use whether it may have to be sent again with another key
   */
  outbound(json: JsonBody | undefined, use: 'once' | 'replayable'): OutboundBody {
    const { maxBodyBytes, replayBodyBytes } = this.options;
    const framing = this.#framing;
    if (framing === 'none') return NO_BODY;
    if (!this.#hasBody) return { ...NO_BODY, framing };
    const maxReplayBytes = use === 'replayable' ? replayBodyBytes : Infinity;
    const share = (this.#share ??= new BodyShare(this.budget, this.exchange));
    if (json === undefined) {
      askForBody(this.exchange);
      // A body too large to be sent again is not kept in part either, except its first bytes (for a closed socket).
      const replayable = framing === 'chunked' || framing.contentLength <= replayBodyBytes;
      const maxKeptBytes = Math.min(
        replayable && use === 'replayable' ? replayBodyBytes : MAX_KEPT_BYTES,
        replayBodyBytes,
      );
      return new StreamedBody(this.exchange, maxBodyBytes, framing, maxKeptBytes, share);
    }
    this.#whole?.replace();
    return (this.#whole = new WholeBody(this.#transformed(json, share), {
      inbound: framing,
      maxReplayBytes,
      share,
      response: this.exchange.response,
      onDropped: () => this.#json?.forget(),
    }));
  }

  /** The outbound body; the inbound one is not kept in addition. */
  #transformed(json: JsonBody, share: BodyShare): Buffer {
    const { bytes } = json;
    const sent = this.#isChat() ? this.#askingForUsage(transformChat(json, this.options.transforms)) : json;
    for (const before of [this.#json, json]) if (before !== sent) before?.forget();
    this.#json = sent;
    if (sent.bytes.buffer !== bytes.buffer) {
      free(bytes);
      share.fill(sent.bytes.length);
      share.shrinkTo(sent.bytes.length);
    }
    return sent.bytes;
  }

  #askingForUsage(json: JsonBody): JsonBody {
    const { options, exchange } = this;
    if (options.meterStreams === 'off' || exchange.provider.streamsUsageOnRequest !== true) return json;
    if (!this.#asksForUsage) return json;
    const asking = askForUsage(json);
    if (asking !== json) exchange.asksForUsage = true; // stays, if the body that asks is sent to another provider
    return asking;
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
