import type { LogLine } from '../helpers/proxies';

/** What some requests have used, by their log lines alone. */
export interface LogSums {
  readonly requests: number;
  readonly errors: number;
  readonly input: number;
  readonly output: number;
  readonly tokens: number;
  /** `null` if there are some that cost something, and none has a price. */
  readonly nanoUsd: number | null;
  readonly unpriced: number;
  readonly metered: number;
  readonly partial: number;
  readonly unmetered: number;
}

export type Prices = Readonly<Record<string, readonly [input: number, output: number, cached?: number]>>;

/** The lines of requests that count: those of a provider, whose client was authenticated. */
export function countedLines(log: readonly LogLine[]): readonly LogLine[] {
  return log.filter(
    ({ msg, provider, token }) => msg === 'request' && provider !== undefined && token !== undefined,
  );
}

const numberIn = (line: LogLine, name: string) => Number(line[name] ?? 0);

/** A client that leaves is no error, and an error that a stream tells is one. */
export function hasFailed({ outcome }: LogLine): boolean {
  return outcome !== 'complete' && outcome !== 'caller-left';
}

/** What a request has cost, in nano-dollars; `undefined` if it has no price. */
export function costIn(line: LogLine, prices: Prices): number | undefined {
  const { meter, usd, model } = line;
  if (meter === undefined || meter === 'unmetered') return undefined;
  if (usd !== undefined) return Math.round(Number(usd) * 1e9);
  const rates = prices[String(model)];
  if (!rates || line['input_tokens'] === undefined) return undefined;
  const [input, output, cached = input] = rates;
  const read = numberIn(line, 'cached_input_tokens');
  const fresh = numberIn(line, 'input_tokens') - read;
  return Math.round((fresh * input + read * cached + numberIn(line, 'output_tokens') * output) * 1_000);
}

export function tokensIn(line: LogLine): number {
  return numberIn(line, 'input_tokens') + numberIn(line, 'output_tokens');
}

export function sumsOf(lines: readonly LogLine[], prices: Prices): LogSums {
  const known = lines.filter(({ meter }) => meter === 'metered' || meter === 'partial');
  const costs = known.flatMap((line) => costIn(line, prices) ?? []);
  const sum = (name: string) => known.reduce((all, line) => all + numberIn(line, name), 0);
  const count = (is: string) => lines.filter(({ meter }) => meter === is).length;
  const isUsed = lines.some(({ meter }) => meter !== undefined);
  return {
    requests: lines.length,
    errors: lines.filter(hasFailed).length,
    input: sum('input_tokens'),
    output: sum('output_tokens'),
    tokens: sum('input_tokens') + sum('output_tokens'),
    nanoUsd: costs.length > 0 || !isUsed ? costs.reduce((all, cost) => all + cost, 0) : null,
    unpriced: known.length - costs.length,
    metered: count('metered'),
    partial: count('partial'),
    unmetered: count('unmetered'),
  };
}

/** Lines in groups, each under its name. */
export function groupedBy(
  lines: readonly LogLine[],
  nameOf: (line: LogLine) => string,
): ReadonlyMap<string, readonly LogLine[]> {
  const groups = new Map<string, LogLine[]>();
  for (const line of lines) {
    const name = nameOf(line);
    const group = groups.get(name);
    if (group) group.push(line);
    else groups.set(name, [line]);
  }
  return groups;
}

/** The value below which a share of some numbers is, at the least. */
export function valueAt(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
