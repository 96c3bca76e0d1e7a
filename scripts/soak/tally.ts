/**
 * How a request ended, as its client sees it:
 * `completed`: whole, and each byte as it was sent; `told`: not done, and the client knows: an error response, an error event, or a
 * connection that ended before the response did; `left`: the client left on purpose; `lost`: no end within the limit, or a connection
 * that ended although nothing was done to it; `wrong`: bytes that are not those of its own response.
 */
export type End = 'completed' | 'told' | 'left' | 'lost' | 'wrong';

export interface Ended {
  readonly end: End;
  readonly bytes: number;
  /** What it was told, or what was wrong. */
  readonly what?: string;
}

const ENDS: readonly End[] = ['completed', 'told', 'left', 'lost', 'wrong'];
const MAX_EXAMPLES = 20;

/** Counts how requests ended, by their kind. */
export class Tally {
  readonly #kinds = new Map<string, Record<End | 'sent', number>>();
  readonly #told = new Map<string, number>();
  readonly examples: string[] = [];
  bytes = 0;

  sent(kind: string): void {
    this.#rowOf(kind).sent++;
  }

  ended(kind: string, { end, bytes, what = '' }: Ended): void {
    this.#rowOf(kind)[end]++;
    this.bytes += bytes;
    if (end === 'told') this.#told.set(what, (this.#told.get(what) ?? 0) + 1);
    else if ((end === 'lost' || end === 'wrong') && this.examples.length < MAX_EXAMPLES) {
      this.examples.push(`${kind}: ${end}: ${what}`);
    }
  }

  /** Whether any request of a kind was sent. */
  has(kind: string): boolean {
    return this.#kinds.has(kind);
  }

  /** Requests that ended so, of all kinds. */
  count(end: End | 'sent'): number {
    return [...this.#kinds.values()].reduce((sum, row) => sum + row[end], 0);
  }

  /** Requests of which nobody knows how they ended. */
  get unaccounted(): number {
    return this.count('sent') - ENDS.reduce((sum, end) => sum + this.count(end), 0);
  }

  /** A Markdown table, a row for each kind, and what clients were told. */
  table(): string {
    const columns = ['sent', ...ENDS] as const;
    const rows = [...this.#kinds].sort(([one], [other]) => one.localeCompare(other));
    const total = ['**all**', ...columns.map((column) => this.count(column))];
    return [
      `| | ${columns.join(' | ')} |`,
      `| --- |${' ---: |'.repeat(columns.length)}`,
      ...rows.map(([kind, row]) => `| ${kind} | ${columns.map((column) => row[column]).join(' | ')} |`),
      `| ${total.join(' | ')} |`,
    ].join('\n');
  }

  told(): string {
    return [...this.#told]
      .sort(([, one], [, other]) => other - one)
      .map(([what, count]) => `${what}: ${count}`)
      .join(', ');
  }

  #rowOf(kind: string): Record<End | 'sent', number> {
    let row = this.#kinds.get(kind);
    if (!row) {
      row = { sent: 0, completed: 0, told: 0, left: 0, lost: 0, wrong: 0 };
      this.#kinds.set(kind, row);
    }
    return row;
  }
}
