import { modelIn, usageIn } from '../find-usage';
import { objectOf, parsedObject, type JsonObject } from '../text/json';
import { together, usageFrom } from '../normal-form';
import { beginningOfJson, endOfJson } from '../text/partial-json';
import type { KeptText } from '../tap';
import type { Metering, ModelPart, Usage } from '../usage';
import { FrameReader } from './frame-reader';

const CREATED = 'response.created';
/** Events that end a response: the Realtime API's, and the Responses API's. */
const DONE = new Set(['response.done', 'response.completed', 'response.incomplete', 'response.failed']);
/** Every message that is read contains one of these; most do not, and need not be parsed. */
const MAY_TELL = [CREATED, ...DONE].map((type) => Buffer.from(`"${type}"`));

/** Models that one session is priced by; those of more have no price. */
const MAX_MODELS = 256;
const UNKNOWN_MODEL = '';

/** Sums up what the responses of a WebSocket session have used, as its server's events tell it. */
export class SessionMeter {
  readonly #frames = new FrameReader(
    (message) => {
      if (MAY_TELL.some((type) => message.includes(type))) this.#read(parsedObject(message.toString('utf8')));
    },
    (kept) => this.#readLong(kept),
  );
  #created = 0;
  /** Those that are over; not every server says that they begin. */
  #ended = 0;
  /** Those of them that have told their usage. */
  #told = 0;
  #usage: Usage | undefined;
  readonly #parts = new Map<string | undefined, ModelPart>();
  #model: string | undefined;

  /** @param onEnded called when a response is over */
  constructor(private readonly onEnded: () => void = () => undefined) {}

  /** Whether a frame of the proxy's own may stand here. */
  get isBetweenMessages(): boolean {
    return this.#frames.isBetweenMessages;
  }

  push(chunk: Buffer): void {
    this.#frames.push(chunk);
  }

  /** What is known of all responses. */
  metering(): Metering {
    return this.#meteringOf(Math.max(this.#created, this.#ended));
  }

  /** What is known of those that are over. */
  meteringOfEnded(): Metering {
    return this.#meteringOf(this.#ended);
  }

  #meteringOf(begun: number): Metering {
    const untold = begun - this.#told;
    const isWhole = untold === 0 && !this.#frames.hasGap;
    return {
      class: begun === 0 ? 'unmetered' : isWhole && this.#usage ? 'metered' : 'partial',
      model: this.#model,
      usage: this.#usage,
      costUsd: undefined,
      responses: { begun, untold },
      parts: this.#parts.size > 1 ? [...this.#parts.values()] : undefined,
    };
  }

  #read(document: JsonObject | undefined): void {
    const type = document?.['type'];
    if (!document || typeof type !== 'string') return;
    if (type === CREATED) this.#created++;
    if (!DONE.has(type)) return;
    const model = modelIn(document);
    this.#model = model ?? this.#model;
    const found = usageIn(document);
    const usage = found === undefined || found === 'ambiguous' ? undefined : usageFrom(found.usage);
    this.#ended++;
    if (usage) this.#add(model, usage);
    this.onEnded();
  }

  #add(named: string | undefined, usage: Usage): void {
    this.#told++;
    this.#usage = together(this.#usage, usage);
    const model = this.#parts.size < MAX_MODELS || this.#parts.has(named) ? named : UNKNOWN_MODEL;
    const before = this.#parts.get(model);
    const sum = together(before?.usage, usage) ?? usage;
    this.#parts.set(model, { model, usage: sum, responses: (before?.responses ?? 0) + 1 });
  }

  /** The end of a response repeats its instructions and tools, and tells its usage behind them. */
  #readLong({ head, tail }: KeptText): boolean {
    const beginning = beginningOfJson(head) ?? {};
    const end = endOfJson(tail);
    const type = beginning['type'] ?? end?.outer['type'];
    if (typeof type !== 'string') return false;
    this.#read({ type, response: { ...objectOf(beginning['response']), ...end?.inner } });
    return true;
  }
}
