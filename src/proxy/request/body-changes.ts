import type { JsonBody } from '../../json/json-body';
import { askForUsage } from '../../transforms/ask-for-usage';
import { applyRules, bodyFormatOf, type Rule } from '../../transforms/rule';
import type { Exchange } from '../exchange/exchange';

export interface ChangeOptions {
  /** What is done to every chat. */
  readonly transforms: readonly Rule[];
  /** What is done to the requests that they are for; most servers have none. */
  readonly requestRules: readonly Rule[];
  /** Whether the usage of a streamed chat is asked for where the client has not. */
  readonly meterStreams: 'off' | 'ask';
}

export interface ChangedBody {
  /** As every provider may get it. */
  readonly unruled: JsonBody;
  /** As this one gets it: the same object, if no rule has changed it, and the usage is not asked for. */
  readonly sent: JsonBody;
}

const NONE: readonly string[] = [];

/** What this proxy changes of a request's body, for one provider after the other. */
export class BodyChanges {
  /** Whether the usage of a stream may be asked for. */
  asksForUsage = true;
  #transformedBy = NONE;
  #ruledBy = NONE;

  constructor(
    private readonly exchange: Exchange,
    private readonly options: ChangeOptions,
  ) {}

  /** Whether a body on this path may be changed, so that it must be read. */
  get concernPath(): boolean {
    return this.#isChat() || (this.options.requestRules.length > 0 && this.#format() !== undefined);
  }

  /** The names of what has changed the body on its way to the provider. */
  get names(): readonly string[] {
    return this.#ruledBy.length === 0 ? this.#transformedBy : [...this.#transformedBy, ...this.#ruledBy];
  }

  /** @param rules those of `requestRules` that are for this request at its provider */
  apply(json: JsonBody, rules: readonly Rule[]): ChangedBody {
    const isChat = this.#isChat();
    const unruled = isChat ? this.#inTransforms(json) : json;
    const ruled = this.#inRules(unruled, rules);
    return { unruled, sent: isChat ? this.#askingForUsage(ruled) : ruled };
  }

  #inTransforms(json: JsonBody): JsonBody {
    return applyRules(json, this.options.transforms, this.#format(), (name) => {
      this.#transformedBy = [...this.#transformedBy, name];
    });
  }

  #inRules(json: JsonBody, rules: readonly Rule[]): JsonBody {
    this.#ruledBy = NONE;
    return applyRules(json, rules, this.#format(), (name) => {
      this.#ruledBy = [...this.#ruledBy, name];
    });
  }

  #askingForUsage(json: JsonBody): JsonBody {
    const { options, exchange } = this;
    if (options.meterStreams === 'off' || exchange.provider.streamsUsageOnRequest !== true) return json;
    if (!this.asksForUsage) return json;
    const asking = askForUsage(json);
    if (asking !== json) exchange.asksForUsage = true; // stays, if the body that asks is sent to another provider
    return asking;
  }

  #isChat(): boolean {
    return this.exchange.dialect.isChatPath(this.exchange.path);
  }

  #format() {
    return bodyFormatOf(this.exchange.path);
  }
}
