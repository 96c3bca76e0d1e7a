import type { Environment } from '../../../src/config/effective-value';
import { readHttpProxy } from '../../../src/proxy/connect/http-proxy';
import type { UsageTotals } from '../usage-totals';
import { BillError, type AdminApi } from './admin-api';
import { readAnthropicBill } from './anthropic-bill';
import { DAY_MS } from '../../../src/clock/calendar-window';
import type { Bill, Period, ReadBill } from './bill';
import { compare, type Comparison } from './compare';
import { readOpenAiBill } from './openai-bill';

/** Where the bills are read; tests replace it. */
export type BillOrigins = Readonly<Record<BilledProvider, string>>;
type BilledProvider = 'openai' | 'anthropic';

interface BillSource extends Pick<AdminApi, 'label' | 'variable' | 'keyPage'> {
  readonly headersFor: (key: string) => Readonly<Record<string, string>>;
  readonly read: ReadBill;
}

const SOURCES: Readonly<Record<BilledProvider, BillSource>> = {
  openai: {
    label: 'OpenAI',
    variable: 'OPENAI_ADMIN_KEY',
    keyPage: 'https://platform.openai.com/settings/organization/admin-keys',
    headersFor: (key) => ({ authorization: `Bearer ${key}` }),
    read: readOpenAiBill,
  },
  anthropic: {
    label: 'Anthropic',
    variable: 'ANTHROPIC_ADMIN_KEY',
    keyPage: 'https://platform.claude.com/settings/admin-keys',
    headersFor: (key) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' }),
    read: readAnthropicBill,
  },
};
const PROVIDERS = Object.keys(SOURCES) as readonly BilledProvider[];
export const BILL_ORIGINS: BillOrigins = {
  openai: 'https://api.openai.com',
  anthropic: 'https://api.anthropic.com',
};
const DEFAULT_DAYS = 7;
export const MAX_DAYS = 180;

/** The days before the one that is running, which no bill has whole. */
export function periodOf(nowMs: number, sinceMs: number | undefined): Period {
  const toMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const days = sinceMs === undefined ? DEFAULT_DAYS : Math.max(1, Math.ceil(sinceMs / DAY_MS));
  return { fromMs: toMs - Math.min(days, MAX_DAYS) * DAY_MS, toMs };
}

/** Admin keys by provider, or why there are none. */
export type AdminKeys = { readonly keys: ReadonlyMap<BilledProvider, string> } | { readonly problem: string };

/**
 * @param given what was given to the command itself
 * @param withFile the same, with the variables of `.env`, from which no admin key is taken: that file is for deployments
 */
export function adminKeysIn(given: Environment, withFile: Environment): AdminKeys {
  const keys = new Map<BilledProvider, string>();
  for (const provider of PROVIDERS) {
    const { variable, keyPage } = SOURCES[provider];
    const key = (given[variable] ?? '').trim();
    if (key === '') {
      if ((withFile[variable] ?? '') === '') continue;
      return {
        problem: `${variable} is in .env, which deployments read; an admin key is never taken from there. Remove the line, and give the key to this command alone: ${variable}=… npm run usage -- --reconcile`,
      };
    }
    // A key with other characters would be quoted in Node's error.
    if (!/^[\x21-\x7e]+$/.test(key))
      return {
        problem: `${variable} has characters that no key has. Copy it again from ${keyPage}`,
      };
    keys.set(provider, key);
  }
  if (keys.size > 0) return { keys };
  const lines = PROVIDERS.map(
    (provider) =>
      `  ${SOURCES[provider].variable} for ${SOURCES[provider].label}: ${SOURCES[provider].keyPage}`,
  );
  return {
    problem: `A bill is read with an admin key, which is given to this command alone:\n${lines.join('\n')}\nExample: OPENAI_ADMIN_KEY=… npm run usage -- --reconcile --since 7d`,
  };
}

export interface ReconcileOptions {
  readonly keys: ReadonlyMap<BilledProvider, string>;
  readonly period: Period;
  readonly origins: BillOrigins;
  /** Of the network: HTTPS_PROXY and the like. */
  readonly environment: Environment;
}

/** The bills that could be read, and why others could not. */
export interface Bills {
  readonly bills: ReadonlyMap<string, Bill>;
  readonly problems: readonly string[];
}

/** Reads the bills of all providers that a key is given for, one after another. */
export async function readBills({ keys, period, origins, environment }: ReconcileOptions): Promise<Bills> {
  const { choose: httpProxy } = readHttpProxy(environment);
  const bills = new Map<string, Bill>();
  const problems: string[] = [];
  for (const [provider, key] of keys) {
    const source = SOURCES[provider];
    const api: AdminApi = {
      ...source,
      origin: origins[provider],
      secret: key,
      headers: { ...source.headersFor(key), accept: 'application/json' },
      httpProxy,
    };
    try {
      bills.set(provider, await source.read(api, period));
    } catch (error) {
      if (!(error instanceof BillError)) throw error;
      problems.push(error.message);
    }
  }
  return { bills, problems };
}

/** What the renderers show. */
export interface Reconciliation extends Comparison {
  readonly period: Period;
  /** Requests with a client's own key, which are on another bill. */
  readonly withOwnKeys: number;
  readonly malformedLines: number;
  readonly prices: string;
}

export function reconciliationOf(
  totals: UsageTotals,
  bills: ReadonlyMap<string, Bill>,
  rest: Omit<Reconciliation, keyof Comparison>,
): Reconciliation {
  return { ...compare(totals, bills), ...rest };
}
