import { modelIn, usageIn } from '../find-usage';
import { parsedObject } from '../json';
import { together, usageFrom } from '../normal-form';
import type { Metering, Usage } from '../usage';
import { FrameReader } from './frame-reader';

const CREATED = 'response.created';
/** Events that end a response: the Realtime API's, and the Responses API's. */
const DONE = new Set(['response.done', 'response.completed', 'response.incomplete', 'response.failed']);
/** Every message that is read contains one of these; most do not, and need not be parsed. */
const MAY_TELL = [CREATED, ...DONE].map((type) => Buffer.from(`"${type}"`));

/** Sums up what the responses of a WebSocket session have used, as its server's events tell it. */
export class SessionMeter {
  readonly #frames = new FrameReader((message) => {
    if (MAY_TELL.some((type) => message.includes(type))) this.#read(message);
  });
  #begun = 0;
  #told = 0;
  #usage: Usage | undefined;
  #model: string | undefined;

  push(chunk: Buffer): void {
    this.#frames.push(chunk);
  }

  /** What is known once the session is over. */
  metering(): Metering {
    const isWhole = this.#told >= this.#begun && !this.#frames.hasGap;
    const isUsed = this.#begun > 0 || this.#usage !== undefined;
    return {
      class: !isUsed ? 'unmetered' : isWhole && this.#usage ? 'metered' : 'partial',
      model: this.#model,
      usage: this.#usage,
      costUsd: undefined,
    };
  }

  #read(message: Buffer): void {
    const document = parsedObject(message.toString('utf8'));
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
  }
}
