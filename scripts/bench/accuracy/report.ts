import { FORMATS, type Case } from './cases';
import { CONDITIONS } from './conditions';
import type { Judgement } from './judge';
import type { Format } from './reply';

/** How many requests ended so. */
export interface Counts {
  readonly requests: number;
  readonly metered: number;
  readonly partial: number;
  readonly unmetered: number;
  readonly missed: number;
  readonly wrong: number;
}

/** The results of a run, as they are kept beside those of the bench. */
export interface AccuracyResults {
  readonly seed: number;
  readonly requests: number;
  readonly formats: Readonly<Record<string, Counts>>;
  readonly conditions: Readonly<Record<string, Counts>>;
}

const NONE: Counts = { requests: 0, metered: 0, partial: 0, unmetered: 0, missed: 0, wrong: 0 };

/** Sums up what was found by format and by condition. */
export class Tally {
  readonly #formats = new Map<string, Counts>();
  readonly #conditions = new Map<string, Counts>();

  add({ format, condition }: Case, judgement: Judgement): void {
    count(this.#formats, nameOf(format), judgement);
    count(this.#conditions, condition.name, judgement);
  }

  results(seed: number): AccuracyResults {
    const formats = inOrder(this.#formats, FORMATS.map(nameOf));
    return {
      seed,
      requests: total(formats).requests,
      formats,
      conditions: inOrder(
        this.#conditions,
        CONDITIONS.map(({ name }) => name),
      ),
    };
  }
}

export function nameOf({ name, isStream }: Format): string {
  return isStream ? `${name}, streamed` : name;
}

/** Requests end in another order in each run; the tables have one. */
function inOrder(counts: ReadonlyMap<string, Counts>, names: readonly string[]): Record<string, Counts> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const found = counts.get(name);
      return found ? [[name, found]] : [];
    }),
  );
}

function count(counts: Map<string, Counts>, name: string, { class: is, isMissed, wrong }: Judgement): void {
  const before = counts.get(name) ?? NONE;
  counts.set(name, {
    ...before,
    requests: before.requests + 1,
    [is]: before[is] + 1,
    missed: before.missed + Number(isMissed),
    wrong: before.wrong + Number(wrong !== undefined),
  });
}

export function total(counts: Readonly<Record<string, Counts>>): Counts {
  return Object.values(counts).reduce(
    (sum, one) => ({
      requests: sum.requests + one.requests,
      metered: sum.metered + one.metered,
      partial: sum.partial + one.partial,
      unmetered: sum.unmetered + one.unmetered,
      missed: sum.missed + one.missed,
      wrong: sum.wrong + one.wrong,
    }),
    NONE,
  );
}

/** The two tables, in Markdown. */
export function accuracyTables({ formats, conditions }: AccuracyResults): string {
  return [table('Format', formats), table('Condition', conditions)].join('\n\n');
}

function table(title: string, counts: Readonly<Record<string, Counts>>): string {
  const rows = Object.entries(counts).map(([name, one]) => row(name, one));
  const head = [title, 'Requests', 'Metered', 'Partial', 'Unmetered', 'Missed', 'Wrong'];
  return [
    `| ${head.join(' | ')} |`,
    `| --- |${' ---: |'.repeat(head.length - 1)}`,
    ...rows,
    row('**all**', total(counts)),
  ].join('\n');
}

function row(name: string, { requests, metered, partial, unmetered, missed, wrong }: Counts): string {
  const figures = [requests, metered, partial, unmetered, missed, wrong];
  return `| ${name} | ${figures.map((figure) => figure.toLocaleString('en-US')).join(' | ')} |`;
}
