/** What happened. `test` is only sent by the operator's own command. */
export type AlertEvent = 'key-out' | 'pool-empty' | 'token-budget' | 'egress-changed' | 'test';

/** What is sent to an operator; the JSON of a receiver that is none of the known ones. Without any secret. */
export interface Alert {
  readonly event: AlertEvent;
  /** What it is about: a key's alias, a pool, a token's name, two countries. */
  readonly subject: string;
  /** The whole message, for people. */
  readonly text: string;
  /** ISO 8601, UTC. */
  readonly time: string;
}
