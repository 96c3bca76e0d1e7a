import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The parts of `@pydantic/genai-prices` that are used here. */
export const PACKAGE = '@pydantic/genai-prices';

export type Match =
  | { readonly or: readonly Match[] }
  | { readonly and: readonly Match[] }
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string };

export type SourcePrice = number | { readonly base: number; readonly tiers: readonly Tier[] };
export interface Tier {
  readonly start: number;
  readonly price: number;
}
export type SourcePrices = Readonly<Record<string, SourcePrice | undefined>>;

export type Constraint =
  | { readonly type: 'start_date'; readonly start_date: string }
  | { readonly type: 'time_of_date'; readonly start_time: string; readonly end_time: string };

export interface SourceModel {
  readonly id: string;
  readonly match: Match;
  readonly prices:
    SourcePrices | readonly { readonly constraint?: Constraint; readonly prices: SourcePrices }[];
}

export interface Source {
  readonly version: string;
  readonly models: (providerId: string) => readonly SourceModel[];
  /** In USD; `undefined` if there is no price. */
  readonly price: (
    providerId: string,
    model: string,
    usage: Readonly<Record<string, number>>,
    atMs: number,
  ) => number | undefined;
}

interface Package {
  findProvider(options: { providerId: string }): { readonly models: readonly SourceModel[] } | undefined;
  calcPrice(
    usage: Readonly<Record<string, number>>,
    model: string,
    options: { providerId: string; timestamp: Date },
  ): { readonly total_price: number } | null;
}

/** @param folder of the unpacked package; `undefined` for the installed one */
export function readSource(folder: string | undefined): Source {
  const require = createRequire(__filename);
  const entry = folder === undefined ? require.resolve(PACKAGE) : path.resolve(folder, 'dist/index.cjs');
  const source = require(entry) as Package;
  const manifest = path.resolve(path.dirname(entry), '../package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
  return {
    version,
    models: (providerId) => source.findProvider({ providerId })?.models ?? [],
    price: (providerId, model, usage, atMs) =>
      source.calcPrice(usage, model, { providerId, timestamp: new Date(atMs) })?.total_price,
  };
}
