import type { Metering } from '../meter/usage';

/** What the book needs to know of a request that has ended. */
export interface EndedRequest {
  /** Unix time in ms. */
  readonly atMs: number;
  /** The name of its access token; `undefined` if it had none. */
  readonly token: string | undefined;
  readonly provider: string;
  /** The model that was asked for; `undefined` if that was not read. */
  readonly model: string | undefined;
  /** `undefined` if the request uses nothing: an error response, a request that only reads. */
  readonly metering: Metering | undefined;
  /** What it costs, in nano-dollars, where that was worked out for a limit. */
  readonly knownNanoUsd?: number | undefined;
  /** Of a stream, in ms; `undefined` if that is not counted. */
  readonly firstTokenMs?: number | undefined;
  /** Whether it failed, here or at the provider. */
  readonly isError: boolean;
}
