import { objectOf, parsedObject, type JsonObject } from '../text/json';
import { together, usageFrom } from '../normal-form';
import type { Metering, Usage } from '../usage';
import { FrameReader } from './frame-reader';

/** As a member's name they cannot stand inside of a string, where the quotes are escaped. */
const USAGE = Buffer.from('"usageMetadata"');
const TURN_COMPLETE = Buffer.from('"turnComplete"');
/** What only a model sends that is at work. */
const OUTPUT = ['"modelTurn"', '"toolCall"'].map((name) => Buffer.from(name));

/**
 * Sums up what the turns of a session of Gemini's Live API have used: https://ai.google.dev/api/live.
 *
 * The server tells the usage once a turn, and each turn is charged for all that the session remembers, so that the turns
 * add up to the bill: https://ai.google.dev/gemini-api/docs/live-api/best-practices#pricing-billing,
 * https://github.com/pydantic/pydantic-ai/pull/7269. Google says "periodically": what tells the same input again within
 * a turn is a later figure of the same generation, and replaces the earlier one.
 */
export class LiveMeter {
  readonly #frames = new FrameReader((message) => {
    this.#read(message);
  });
  /** Whether the model has sent something since the last usage. */
  #isUntold = false;
  /** Whether a turn has ended since the last usage. */
  #isNewTurn = true;
  /** The generations that have told their usage. */
  #told = 0;
  /** Of those before the last one. */
  #before: Usage | undefined;
  #last: Usage | undefined;

  /** @param onUsage called when the server has told a usage */
  constructor(private readonly onUsage: () => void = () => undefined) {}

  /** Whether a frame of the proxy's own may stand here. */
  get isBetweenMessages(): boolean {
    return this.#frames.isBetweenMessages;
  }

  push(chunk: Buffer): void {
    this.#frames.push(chunk);
  }

  /** What is known of all turns. */
  metering(): Metering {
    const usage = together(this.#before, this.#last);
    const isUsed = usage !== undefined || this.#isUntold;
    const isWhole = usage !== undefined && !this.#isUntold && !this.#frames.hasGap;
    return {
      class: !isUsed ? 'unmetered' : isWhole ? 'metered' : 'partial',
      model: undefined, // only the client names it
      usage,
      costUsd: undefined,
      responses: { begun: this.#told + (this.#isUntold ? 1 : 0), untold: this.#isUntold ? 1 : 0 },
    };
  }

  /** What is known of those that have told their usage. */
  meteringOfEnded(): Metering {
    return { ...this.metering(), class: 'metered', responses: { begun: this.#told, untold: 0 } };
  }

  #read(message: Buffer): void {
    if (OUTPUT.some((name) => message.includes(name))) this.#isUntold = true;
    if (!message.includes(USAGE) && !message.includes(TURN_COMPLETE)) return;
    const document = parsedObject(message.toString('utf8'));
    const usage = objectOf(document?.['usageMetadata']);
    if (usage) this.#add(usage);
    if (objectOf(document?.['serverContent'])?.['turnComplete'] === true) this.#isNewTurn = true;
  }

  #add(told: JsonObject): void {
    const usage = usageFrom(told);
    this.#isUntold = usage === undefined;
    if (!usage) return;
    if (this.#isNewTurn || usage.input !== this.#last?.input) {
      this.#before = together(this.#before, this.#last);
      this.#told++;
    }
    this.#last = usage;
    this.#isNewTurn = false;
    this.onUsage();
  }
}
