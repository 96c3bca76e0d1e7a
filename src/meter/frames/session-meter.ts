import { modelIn, usageIn } from '../find-usage';
import { parsedObject, type JsonObject } from '../text/json';
import { together, usageFrom } from '../normal-form';
import { beginningOfJson, endOfJson } from '../text/partial-json';
import type { KeptText } from '../tap';
import type { Metering, Usage } from '../usage';
import { FrameReader } from './frame-reader';

const CREATED = 'response.created';
/** Events that end a response: the Realtime API's, and the Responses API's. */
const DONE = new Set(['response.done', 'response.completed', 'response.incomplete', 'response.failed']);
/** Every message that is read contains one of these; most do not, and need not be parsed. */
const MAY_TELL = [CREATED, ...DONE].map((type) => Buffer.from(`"${type}"`));

/** Sums up what the responses of a WebSocket session have used, as its server's events tell it. */
export class SessionMeter {
  readonly #frames = new FrameReader(
    (message) => {
      if (MAY_TELL.some((type) => message.includes(type))) this.#read(parsedObject(message.toString('utf8')));
    },
    (kept) => this.#readLong(kept),
  );
  #begun = 0;
  #told = 0;
  #usage: Usage | undefined;
  #model: string | undefined;

  /** @param onUsage called when a response has told its usage */
  constructor(private readonly onUsage: () => void = () => undefined) {}

  /** Whether a frame of the proxy's own may stand here. */
  get isBetweenMessages(): boolean {
    return this.#frames.isBetweenMessages;
  }

  push(chunk: Buffer): void {
    this.#frames.push(chunk);
  }

  /** What is known so far. */
  metering(): Metering {
    const untold = Math.max(0, this.#begun - this.#told);
    const isWhole = untold === 0 && !this.#frames.hasGap;
    const begun = Math.max(this.#begun, this.#told);
    return {
      class: begun === 0 ? 'unmetered' : isWhole && this.#usage ? 'metered' : 'partial',
      model: this.#model,
      usage: this.#usage,
      costUsd: undefined,
      responses: { begun, untold },
    };
  }

  #read(document: JsonObject | undefined): void {
    const type = document?.['type'];
    if (!document || typeof type !== 'string') return;
    if (type === CREATED) this.#begun++;
    if (!DONE.has(type)) return;
    this.#model = modelIn(document) ?? this.#model;
    const found = usageIn(document);
    const usage = found === undefined || found === 'ambiguous' ? undefined : usageFrom(found.usage);
    if (!usage) return; // its response stays one that has not told
    this.#told++;
    this.#usage = together(this.#usage, usage);
    this.onUsage();
  }

  /** The end of a response repeats its instructions and tools, and tells its usage behind them. */
  #readLong({ head, tail }: KeptText): boolean {
    const beginning = beginningOfJson(head);
    const type = beginning?.['type'];
    if (typeof type !== 'string') return false;
    const response = endOfJson(tail)?.inner;
    if (DONE.has(type) && !response) return false;
    this.#read({ type, response: { model: modelIn(beginning ?? {}), ...response } });
    return true;
  }
}
