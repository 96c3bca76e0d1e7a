import { isEventStream } from '../http/media-type';
import { decoderOf, type Decoder } from '../http/stream-decoder';
import { isFree, isMetered, makesImages } from './endpoints';
import { meteringOf } from './read-response';
import { Tap } from './tap';
import type { Metering, UsageTraits } from './usage';

/** What decides how a response is metered. */
export interface MeteredResponse {
  /** In capitals. */
  readonly method: string;
  /** Normalised, without a query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  /** '' if there is none. */
  readonly contentEncoding: string;
  readonly traits: UsageTraits | undefined;
}

const JSON_TYPE = /^(?:application|text)\/(?:[\w.-]{1,60}\+)?json\b/i;

/** The meter of a response; `undefined` if its request cannot have used anything. */
export function meterFor(response: MeteredResponse): Meter | undefined {
  return isMetered(response.method) && response.status < 400 ? new Meter(response) : undefined;
}

/** Reads the usage of one response from a copy of some of its bytes. */
export class Meter {
  /** The text of the response, decoded; its end is complete only once the meter has finished. */
  readonly tap: Tap;
  readonly #response: MeteredResponse;
  readonly #isEventStream: boolean;
  readonly #isRead: boolean;
  readonly #decoder: Decoder | undefined;

  constructor(response: MeteredResponse) {
    const { contentType } = response;
    this.#response = response;
    this.#isEventStream = isEventStream(contentType);
    this.#isRead = (this.#isEventStream || JSON_TYPE.test(contentType)) && !isFree(response.path);
    this.tap = new Tap({ isEventStream: this.#isEventStream });
    if (this.#isRead || this.#isEventStream) {
      this.#decoder = decoderOf(response.contentEncoding, (bytes) => {
        this.tap.push(bytes);
      });
    }
  }

  /** Where the chunks go as they come, for many chunks; `undefined` if they are decoded or not kept. */
  get directTap(): Tap | undefined {
    return !this.#decoder && (this.#isRead || this.#isEventStream) ? this.tap : undefined;
  }

  push(chunk: Buffer): void {
    if (this.#decoder) this.#decoder.push(chunk);
    else if (this.#isRead || this.#isEventStream) this.tap.push(chunk);
  }

  /**
   * The usage, once the response is over.
   * @param isComplete called once the text is complete: whether all of it came, without a failure in it
   * @returns `undefined` if it is an error response in all but its status; a promise if some of it is still being decoded
   */
  finish(isComplete: () => boolean): Metering | undefined | Promise<Metering | undefined> {
    const decoding = this.#decoder?.finish();
    return decoding ? decoding.then(() => this.#read(isComplete())) : this.#read(isComplete());
  }

  /** Nothing is read any more. */
  release(): void {
    this.#decoder?.release();
    this.tap.release();
  }

  #read(isComplete: boolean): Metering | undefined {
    const { path, traits } = this.#response;
    if (isFree(path)) return nothing('metered');
    if (!this.#isRead || this.#decoder?.hasFailed) return nothing(isComplete ? 'unmetered' : 'partial');
    return meteringOf(this.tap.kept(), {
      isEventStream: this.#isEventStream,
      isComplete,
      makesImages: makesImages(path),
      traits,
    });
  }
}

/** Of a response that does not tell its usage. */
export const UNMETERED: Metering = nothing('unmetered');

function nothing(is: Metering['class']): Metering {
  return { class: is, model: undefined, usage: undefined, costUsd: undefined };
}
