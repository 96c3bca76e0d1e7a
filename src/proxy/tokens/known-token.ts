import type { TokenLimits } from './claims';

/** An access token that was found valid: what later stages know of it, never the token itself. */
export interface KnownToken {
  /** Its name in the log. */
  readonly name: string;
  /** Distinguishes two signed tokens of one name. */
  readonly id: string;
  /** `undefined` if it has none. */
  readonly limits?: TokenLimits | undefined;
  /** In seconds since 1970; `undefined` of a static one. */
  readonly issuedAt?: number | undefined;
  /** In seconds since 1970; `undefined` if it does not expire. */
  readonly expiresAt?: number | undefined;
}
