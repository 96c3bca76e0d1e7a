/**
 * Whom a failure says something to: every client, because no request can cause it (there is no connection); the client
 * whose request failed, because that request may have caused it; or nobody, because it is about keys, which have a state
 * of their own.
 */
export type Evidence = 'for-all' | 'for-client' | 'none';

/** A provider's model that is passed over from now on, or no longer. */
export interface CircuitChange {
  /** `provider/model` */
  readonly name: string;
  readonly isOpen: boolean;
  /** For how long, until a request tries it again; 0 if it is used again. */
  readonly pauseMs: number;
}

export interface CircuitsOptions {
  /** A clock that is never set back, in ms. */
  readonly now: () => number;
  readonly onChange?: ((change: CircuitChange) => void) | undefined;
}

/** Failures without a success between them. */
const FAILURES_TO_OPEN = 3;
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
/** Clients may choose names of models, so that there can be any number; the one that failed the longest ago goes first. */
const MAX_CIRCUITS = 1_000;

interface Circuit {
  failures: number;
  /** The only client whose requests have failed; `undefined` if it is known of more than one, or for all. */
  client: string | undefined;
  /** Until then nothing is sent; -Infinity if it is not open yet. */
  openUntilMs: number;
  pauseMs: number;
  /** Whether one request tries it at present. */
  isTrying: boolean;
}

/**
 * Providers that fail, by provider and model. After a few failures in a row a circuit is open, and requests pass over the
 * provider; after a pause one request tries it, and closes the circuit or opens it for longer. What one client's requests
 * alone have shown counts for that client only, so that no client opens a circuit for others by mistakes of its own.
 */
export class Circuits {
  readonly #circuits = new Map<string, Circuit>();

  constructor(private readonly options: CircuitsOptions) {}

  /** `trial` if one request may try it, which is to say so by `beginTrial`. */
  state(name: string, client: string): 'closed' | 'open' | 'trial' {
    const circuit = this.#circuits.get(name);
    if (!circuit || circuit.failures < FAILURES_TO_OPEN) return 'closed';
    if (circuit.client !== undefined && circuit.client !== client) return 'closed';
    return circuit.isTrying || this.options.now() < circuit.openUntilMs ? 'open' : 'trial';
  }

  /** @returns ends the trial; to be called whatever came of it */
  beginTrial(name: string): () => void {
    const circuit = this.#circuits.get(name);
    if (!circuit) return () => undefined;
    circuit.isTrying = true;
    return () => {
      circuit.isTrying = false;
    };
  }

  succeeded(name: string): void {
    const circuit = this.#circuits.get(name);
    if (!circuit) return;
    this.#circuits.delete(name);
    if (circuit.openUntilMs !== -Infinity) this.options.onChange?.({ name, isOpen: false, pauseMs: 0 });
  }

  failed(name: string, client: string, evidence: Evidence): void {
    if (evidence === 'none') return;
    const circuit = this.#circuits.get(name) ?? newCircuit(client);
    if (evidence === 'for-all' || circuit.client !== client) circuit.client = undefined;
    circuit.failures++;
    this.#circuits.delete(name); // set again, as the latest
    this.#circuits.set(name, circuit);
    for (const oldest of this.#circuits.keys()) {
      if (this.#circuits.size <= MAX_CIRCUITS) break;
      this.#circuits.delete(oldest);
    }
    if (circuit.failures >= FAILURES_TO_OPEN) this.#open(name, circuit);
  }

  /** Requests that began before it opened may fail afterwards: they do not make the pause longer. */
  #open(name: string, circuit: Circuit): void {
    const nowMs = this.options.now();
    if (nowMs < circuit.openUntilMs) return;
    circuit.openUntilMs = nowMs + circuit.pauseMs;
    this.options.onChange?.({ name, isOpen: true, pauseMs: circuit.pauseMs });
    circuit.pauseMs = Math.min(2 * circuit.pauseMs, LONGEST_PAUSE_MS);
  }
}

function newCircuit(client: string): Circuit {
  return { failures: 0, client, openUntilMs: -Infinity, pauseMs: FIRST_PAUSE_MS, isTrying: false };
}
