import type { KeyBudget } from '../../proxy/keys/key-spending';
import type { WeightedKey } from '../../proxy/keys/managed-key';
import { items, type ParseResult } from './basic';
import { NANO_PER_USD } from '../../prices/nano-usd';

const MAX_WEIGHT = 100;
const MAX_USD = 1_000_000;

const KEY_PROBLEM = `must be a list of keys without spaces, separated by commas, each with a weight (key*2) from 1 to ${MAX_WEIGHT} or none.`;
const QUOTED_PROBLEM =
  'has a key with a quotation mark, which no provider’s key has. Remove the quotation marks: some programs, such as docker run --env-file, take them as a part of the value.';
const BUDGET_PROBLEM =
  'has a key with something behind an "@" that is not a budget: write key@9usd/month (or /week, /day, or nothing for once and all), ' +
  `with more than 0 and at most ${MAX_USD} US dollars. A key that itself contains "@" needs a budget behind it.`;

/** Keys separated by `|`, `,` or new lines, each with an optional weight and budget: `key*3`, `key@9usd/month`, or both. */
export function apiKeys(text: string): ParseResult<readonly WeightedKey[]> {
  const keys: WeightedKey[] = [];
  for (const item of items(text, /[|,\n]/)) {
    const entry = poolEntry(item);
    if ('problem' in entry) return entry;
    keys.push(entry.value);
  }
  if (new Set(keys.map(({ key }) => key)).size < keys.length)
    return { problem: 'has the same key twice; give it a weight (key*2) instead.' };
  return { value: keys };
}

/** Takes what stands behind a key off its end, the weight and the budget in any order. */
function poolEntry(item: string): ParseResult<WeightedKey> {
  let key = item;
  let weight: number | undefined;
  let budget: KeyBudget | undefined;
  for (;;) {
    const at = Math.max(key.lastIndexOf('*'), key.lastIndexOf('@'));
    const suffix = key.slice(at + 1);
    if (key.charAt(at) === '@') {
      const read = budgetIn(suffix);
      if (!read && !budget) return { problem: BUDGET_PROBLEM };
      if (!read) break; // the key itself has an "@"
      if (budget) return { problem: 'has a key with two budgets; give it one (key@9usd/month).' };
      budget = read;
    } else if (weight === undefined && at !== -1 && /^\d+$/.test(suffix)) weight = Number(suffix);
    else break;
    key = key.slice(0, at);
  }
  if (!/^[\x21-\x7e]+$/.test(key) || (weight !== undefined && (weight < 1 || weight > MAX_WEIGHT)))
    return { problem: KEY_PROBLEM };
  if (/["'`]/.test(key)) return { problem: QUOTED_PROBLEM };
  return { value: { key, weight: weight ?? 1, ...(budget && { budget }) } };
}

const PERIODS: Readonly<Record<string, KeyBudget['period']>> = {
  '': 'total',
  '/day': 'day',
  '/week': 'week',
  '/month': 'month',
};

/** `9usd/month`, `0.5usd`; `undefined` if it is not a budget. */
function budgetIn(text: string): KeyBudget | undefined {
  const [, amount = '', per = ''] = /^(\d{1,7}(?:\.\d{1,6})?)usd(|\/day|\/week|\/month)$/i.exec(text) ?? [];
  const usd = Number(amount);
  const period = PERIODS[per.toLowerCase()];
  if (!(usd > 0) || usd > MAX_USD || !period) return undefined;
  return { nanoUsd: Math.round(usd * NANO_PER_USD), period };
}
