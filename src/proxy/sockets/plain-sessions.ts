import { monotonicMs } from '../../clock/monotonic';

const MAX_SESSIONS = 1_000;
/** Long enough for the client's next attempt, and short enough for a model that was chosen anew. */
const REMEMBERED_MS = 60_000;

/** Sessions of clients that are to go on without WebSockets, the one that was told so the longest ago first. */
export class PlainSessions {
  readonly #untilMs = new Map<string, number>();

  constructor(private readonly now = monotonicMs) {}

  add(session: string): void {
    this.#untilMs.delete(session);
    this.#untilMs.set(session, this.now() + REMEMBERED_MS);
    for (const oldest of this.#untilMs.keys()) {
      if (this.#untilMs.size <= MAX_SESSIONS) break;
      this.#untilMs.delete(oldest);
    }
  }

  has(session: string): boolean {
    return (this.#untilMs.get(session) ?? -Infinity) > this.now();
  }
}
