import type { Case, Truth } from './cases';
import { FIELDS, type Field, type Figures } from './reply';

/** A request's line in the log, as far as it is compared. */
export type LogLine = Readonly<Record<string, unknown>>;

/** What is true of a case's log line; `missed` is a figure that the provider has told and the line lacks. */
export interface Judgement {
  readonly class: 'metered' | 'partial' | 'unmetered';
  readonly isMissed: boolean;
  /** What is wrong; `undefined` if nothing is. */
  readonly wrong: string | undefined;
}

/** The log's unit of money is a thousand-millionth of a dollar. */
const NANO_USD = 1e-9;

/** Compares a log line with the truth. */
export function judge(
  { truth, reply }: Case,
  line: LogLine | undefined,
  { bytesAreSame }: { readonly bytesAreSame: boolean },
): Judgement {
  if (line === undefined) return { class: 'unmetered', isMissed: false, wrong: 'there is no line' };
  const is = classOf(line['meter']);
  if (is === undefined) return { class: 'unmetered', isMissed: false, wrong: 'there is no class' };
  return {
    class: is,
    isMissed: truth.isWhole && truth.final !== undefined && is !== 'metered',
    wrong: bytesAreSame ? mistakeIn(line, is, truth, reply.mayOmit) : 'the client got other bytes',
  };
}

function classOf(value: unknown): Judgement['class'] | undefined {
  return value === 'metered' || value === 'partial' || value === 'unmetered' ? value : undefined;
}

function mistakeIn(
  line: LogLine,
  is: Judgement['class'],
  { final, told }: Truth,
  mayOmit: Field | undefined,
): string | undefined {
  const stated = FIELDS.filter((field) => line[field] !== undefined);
  switch (is) {
    case 'metered':
      if (final === undefined) return 'metered, though there are no final figures';
      return differences(line, final, mayOmit)[0];
    case 'partial':
      if (stated.length === 0 || told.some((one) => differences(line, one, 'usd').length === 0))
        return undefined;
      return `partial with figures that were not told: ${stated.map((field) => `${field} ${String(line[field])}`).join(', ')}`;
    case 'unmetered':
      return stated.length > 0 ? `unmetered, but with ${stated.join(', ')}` : undefined;
  }
}

/** @param mayOmit a field that may be missing in the line, though not another figure */
function differences(line: LogLine, truth: Figures, mayOmit: Field | undefined): string[] {
  const fields = FIELDS.filter((field) => !(field === mayOmit && line[field] === undefined));
  const others = fields.filter((field) => line[field] !== truth[field]);
  const found = others.map((field) => `${field} is ${String(line[field])}, not ${String(truth[field])}`);
  // The price is compared where the provider states one: others are the proxy's own sums.
  const { usd } = truth;
  if (mayOmit !== 'usd' && usd !== undefined && !(Math.abs(Number(line['usd']) - usd) < NANO_USD))
    found.push(`usd is ${String(line['usd'])}, not ${usd}`);
  return found;
}
