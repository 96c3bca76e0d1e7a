import type { Metering } from '../meter/usage';

/** How a request ended. */
export const OUTCOMES = [
  'complete',
  'caller-left',
  'failed-in-stream',
  'upstream-error',
  'proxy-error',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What monitoring needs to know of a request that has ended. Nothing of it is secret, except what a client wrote as a model. */
export interface FinishedRequest {
  /** Unix time in ms. */
  readonly endedAtMs: number;
  readonly durationMs: number;
  /** Until the first byte of a stream's body; `undefined` if it was no stream, or none was sent. */
  readonly firstTokenMs: number | undefined;
  /** `undefined` if the proxy itself responded, as with a page. */
  readonly provider: string | undefined;
  readonly method: string;
  /** The path with `*` for everything that is not part of a provider's API. */
  readonly route: string;
  /** Sent to the client; 499 if it left before. */
  readonly status: number;
  readonly outcome: Outcome;
  /** The code of a failure of ours, or the status of the provider's error response; '' if there is none. */
  readonly error: string;
  /** The name of its access token; `undefined` if it had none. */
  readonly token: string | undefined;
  /** As the client wrote it; `undefined` if it was not read. */
  readonly model: string | undefined;
  readonly isStream: boolean;
  /** How often it was sent upstream. */
  readonly attempts: number;
  /** Of the response's body. */
  readonly bytes: number;
  /** `undefined` if the request uses nothing. */
  readonly metering: Metering | undefined;
  /** What it costs, in nano-dollars, where that was worked out for a limit. */
  readonly knownNanoUsd: number | undefined;
}
