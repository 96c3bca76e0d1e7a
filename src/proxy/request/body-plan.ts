import type { IncomingHttpHeaders } from 'node:http';
import { JsonBody } from '../../json/json-body';
import type { Rule } from '../../transforms/rule';
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
import { BodyChanges, type ChangeOptions } from './body-changes';
import { StreamedBody } from '../body/streamed-body';
import { WholeBody } from '../body/whole-body';

export interface BodyOptions extends ChangeOptions {
  readonly maxBodyBytes: number;
  /** A longer body is not kept to be sent again. */
  readonly replayBodyBytes: number;
}

/** How a request's body is handled: read whole, or streamed through. */
export class BodyPlan {
  readonly #framing: Framing;
  readonly #hasBody: boolean;
  #share: BodyShare | undefined;
  #json: JsonBody | undefined;
  #whole: WholeBody | undefined;
  readonly #changes: BodyChanges;
  #keepsUnruled = false;
  #unruled: JsonBody | undefined;

  /** @throws ProxyError `body-too-large` if the declared length exceeds the limit */
  constructor(
    private readonly exchange: Exchange,
    private readonly options: BodyOptions,
    private readonly budget: BodyBudget,
  ) {
    const framing = inboundFraming(exchange.request);
    refuseTooLarge(framing, options.maxBodyBytes);
    this.#framing = framing;
    this.#changes = new BodyChanges(exchange, options);
    this.#hasBody = framing !== 'none' && (framing === 'chunked' || framing.contentLength > 0);
  }

  /** The body, if it was read; empty once it is no longer needed. */
  get json(): JsonBody | undefined {
    return this.#json;
  }

  /** The body before rules have changed it, for another provider, which may need others; `undefined` if none has. */
  get unruled(): JsonBody | undefined {
    return this.#unruled;
  }

  /** The names of what has changed the body on its way to the provider. */
  get changedBy(): readonly string[] {
    return this.#changes.names;
  }

  /**
   * Whether the body is to be read whole. A chat in plain JSON is, because it may be transformed, and what rules may
   * change; any plain JSON is if its model decides where it goes, or if it may have to be sent with another key, unless
   * memory is short. All else streams through.
   */
  isReadFor(purpose: 'transforms' | 'routing' | 'failover'): boolean {
    if (!this.#hasBody || !isPlainJson(this.exchange.request.headers)) return false;
    if (this.#changes.concernPath) return true;
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
    this.#changes.asksForUsage = false;
  }

  /** Keeps the body as it was before rules change it, for a request that may go to another provider. */
  keepUnruled(): void {
    this.#keepsUnruled = this.options.requestRules.length > 0;
  }

  /**
   * The body as it goes upstream. It replaces one that was made before.
   * @param json the body, if it was read
   * @param use whether it may have to be sent again with another key
   * @param rules those of `requestRules` that are for this request at its provider
   */
  outbound(
    json: JsonBody | undefined,
    use: 'once' | 'replayable',
    rules: readonly Rule[] = [],
  ): OutboundBody {
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
    return (this.#whole = new WholeBody(this.#transformed(json, share, rules), {
      inbound: framing,
      maxReplayBytes,
      share,
      response: this.exchange.response,
      onDropped: () => {
        this.#json?.forget();
        this.#unruled?.forget();
      },
    }));
  }

  /** The outbound body; the inbound one is not kept in addition, unless another provider may need it. */
  #transformed(json: JsonBody, share: BodyShare, rules: readonly Rule[]): Buffer {
    const { bytes } = json;
    const { unruled, sent } = this.#changes.apply(json, rules);
    const kept = this.#keepsUnruled && sent !== unruled ? unruled : undefined;
    for (const before of [this.#json, this.#unruled, json])
      if (before !== sent && before !== kept) before?.forget();
    this.#json = sent;
    this.#unruled = kept;
    if (sent.bytes.buffer !== bytes.buffer) {
      // An attempt at an earlier provider may still write them.
      if (!this.#keepsUnruled) free(bytes);
      share.fill(sent.bytes.length);
      share.shrinkTo(sent.bytes.length + (kept?.bytes.length ?? 0));
    }
    return sent.bytes;
  }
}

function isPlainJson(headers: IncomingHttpHeaders): boolean {
  return (
    /^application\/json\b/i.test(headers['content-type'] ?? '') &&
    (headers['content-encoding'] ?? 'identity') === 'identity'
  );
}
