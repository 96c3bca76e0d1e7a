import { AMOUNT_FIELDS, AMOUNTS, type Amount, type Amounts } from '../../src/books/amounts';
import { METERS, type MeterClass } from '../../src/meter/usage';
import type { Entry, Fields } from '../logs/entry';
import { NANO_PER_USD } from '../../src/prices/nano-usd';

/** What requests can be grouped by. */
export const DIMENSIONS = ['token', 'model', 'provider', 'key', 'day', 'hour', 'meter'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** What a line of the log says of a request. */
export interface RequestUsage {
  /** Unix time in ms. */
  readonly timeMs: number | undefined;
  readonly token: string | undefined;
  readonly key: string | undefined;
  readonly provider: string | undefined;
  /** The model that the client has asked for; `undefined` for a request that uses nothing, as in the proxy's own sums. */
  readonly model: string | undefined;
  /** The model that the response names. */
  readonly servedModel: string | undefined;
  /** `undefined` for a request that uses nothing: a page, an error response. */
  readonly meter: MeterClass | undefined;
  readonly amounts: Amounts;
  /** The input of the longest response, if the amounts are the sum of several. */
  readonly longestInput?: number | undefined;
  /** In nano-dollars, if the log has it. */
  readonly nanoUsd: number | undefined;
  /** How many fields were not what they should be, and left out. */
  readonly ignored: number;
}

/** Beyond what one request can use, so that one wrong line does not spoil every sum. */
const MAX_AMOUNT = 1e12;
const MAX_USD = 1e6;
const MAX_NAME_CHARACTERS = 200;

/** Reads the line of a request; `undefined` for any other. */
export function requestUsageOf(entry: Entry): RequestUsage | undefined {
  if (entry.kind !== 'request') return undefined;
  const { fields, timeMs } = entry;
  let ignored = 0;
  const number = (name: string, max: number): number | undefined => {
    const value = fields[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && value >= 0 && value <= max) return value;
    ignored++;
    return undefined;
  };
  const meter = METERS.find((one) => one === fields['meter']);
  if (meter === undefined && fields['meter'] !== undefined) ignored++;
  const amounts: Partial<Record<Amount, number>> = {};
  for (const amount of AMOUNTS) {
    const value = number(AMOUNT_FIELDS[amount], MAX_AMOUNT);
    if (value !== undefined) amounts[amount] = value;
  }
  const usd = number('usd', MAX_USD);
  return {
    timeMs,
    token: nameIn(fields, 'token'),
    key: nameIn(fields, 'key'),
    provider: nameIn(fields, 'provider'),
    // Without use it is only what a client has written.
    model: meter && (nameIn(fields, 'model') ?? nameIn(fields, 'model_served')),
    servedModel: nameIn(fields, 'model_served'),
    meter,
    amounts,
    longestInput: number('longest_input_tokens', MAX_AMOUNT),
    nanoUsd: usd === undefined ? undefined : Math.round(usd * NANO_PER_USD),
    ignored,
  };
}

/** The value by which a request is grouped; `undefined` if the line does not have it. */
export function valueOf(request: RequestUsage, dimension: Dimension): string | undefined {
  if (dimension === 'day') return isoOf(request)?.slice(0, 10);
  if (dimension === 'hour') return isoOf(request)?.slice(0, 13).replace('T', ' ');
  return request[dimension];
}

/** A date that is out of range has no text. */
function isoOf({ timeMs }: RequestUsage): string | undefined {
  const at = new Date(timeMs ?? NaN);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

function nameIn(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_NAME_CHARACTERS) : undefined;
}
