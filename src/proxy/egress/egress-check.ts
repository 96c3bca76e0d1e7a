import type { Countries } from '../../providers/countries';
import type { Provider } from '../../providers/provider';

/** Whether a provider serves the country that it sees this proxy in. */
export type EgressVerdict = 'allowed' | 'refused' | 'unknown';

/** The address and country in which a provider sees this proxy, as `/-/egress` shows them. */
export interface EgressReport {
  readonly ip: string | null;
  /** ISO 3166-1. */
  readonly country: string | null;
  /** The data centre that was reached, by its airport code. */
  readonly colo: string | null;
  readonly verdict: EgressVerdict;
  /** Why the verdict is not known. */
  readonly reason?: string;
}

/** Countries as ISO 3166-1. */
export interface EgressChange {
  readonly provider: string;
  readonly before: string;
  readonly now: string;
}

export interface EgressOptions {
  /** The country in which a provider sees this proxy is another one than before. */
  readonly onChange?: ((change: EgressChange) => void) | undefined;
  /** Fetches the trace of a provider's front end. */
  readonly fetchTrace: (provider: Provider) => Promise<string>;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

/** How long the page shows a result. */
const REPORT_MS = 60_000;
/** How long the guard uses a result before it checks again. */
const RECHECK_MS: Readonly<Record<EgressVerdict, number>> = {
  allowed: 60 * 60_000,
  refused: 5 * 60_000,
  unknown: 60_000,
};

const NOT_KNOWN: Countries = { served: new Set(), refused: new Set() };

/** Parses the response of Cloudflare's `/cdn-cgi/trace` (`name=value`, one a line), and judges the country. */
export function judgeTrace(text: string, countries: Countries | undefined): EgressReport {
  const read = (name: string, form: RegExp) => {
    const line = new RegExp(`^${name}=(.*?)\r?$`, 'm').exec(text)?.[1] ?? '';
    return form.test(line) ? line : null;
  };
  const found = {
    ip: read('ip', /^[\d.]{7,15}$|^[\da-fA-F:.]{2,45}$/),
    country: read('loc', /^[A-Z][A-Z\d]$/),
    colo: read('colo', /^[A-Z\d]{3,4}$/),
  };
  if (found.country === null) return { ...found, verdict: 'unknown', reason: 'The trace names no country.' };
  const { served, refused } = countries ?? NOT_KNOWN;
  if (refused.has(found.country)) return { ...found, verdict: 'refused' };
  if (served.has(found.country)) return { ...found, verdict: 'allowed' };
  return {
    ...found,
    verdict: 'unknown',
    reason: `Whether the provider serves ${found.country} is not known here.`,
  };
}

interface Finding {
  readonly report: EgressReport;
  readonly atMs: number;
  /** For the guard: `true` stays until a readable trace says otherwise. */
  readonly refused: boolean;
  /** The last one that is known. */
  readonly country: string | null;
}

/** Checks in which country the providers see this proxy, and caches the results. */
export class EgressCheck {
  readonly #found = new Map<Provider, Finding>();
  /** Checks in progress, shared by all requests that need them. */
  readonly #running = new Map<Provider, Promise<Finding>>();

  constructor(private readonly options: EgressOptions) {}

  /** What a provider sees, not older than a minute. */
  async report(provider: Provider): Promise<EgressReport> {
    const known = this.#found.get(provider);
    const { report } = known && this.#isNewer(known, REPORT_MS) ? known : await this.#check(provider);
    return report;
  }

  /** What is known of what a provider sees; if that is older than a minute, a check begins in the background. */
  known(provider: Provider): EgressReport | undefined {
    const known = this.#found.get(provider);
    if (!known || !this.#isNewer(known, REPORT_MS)) void this.#check(provider);
    return known?.report;
  }

  /**
   * Whether a request must not be sent to this provider from here. Synchronous if the result is known; the first request
   * waits for the check, and so does one that would be rejected because of an old result. Every other re-check runs in
   * the background.
   */
  refuses(provider: Provider): boolean | Promise<boolean> {
    if (!provider.countries) return false; // its countries are not known here, so the result would not matter
    const known = this.#found.get(provider);
    if (known && this.#isNewer(known, RECHECK_MS[known.report.verdict])) return known.refused;
    const check = this.#check(provider);
    return known && !known.refused ? false : check.then(({ refused }) => refused);
  }

  #isNewer({ atMs }: Finding, limitMs: number): boolean {
    const ageMs = this.options.now() - atMs;
    return ageMs >= 0 && ageMs < limitMs; // after the clock was set back the age is not known
  }

  #check(provider: Provider): Promise<Finding> {
    const running = this.#running.get(provider);
    if (running) return running;
    const check = this.#fetchReport(provider).then((report) => {
      const before = this.#found.get(provider);
      const refused =
        report.verdict === 'unknown' ? (before?.refused ?? false) : report.verdict === 'refused';
      const country = report.country ?? before?.country ?? null;
      const finding = { report, atMs: this.options.now(), refused, country };
      if (before?.country && country && country !== before.country)
        this.options.onChange?.({ provider: provider.name, before: before.country, now: country });
      this.#found.set(provider, finding);
      this.#running.delete(provider);
      return finding;
    });
    this.#running.set(provider, check);
    return check;
  }

  async #fetchReport(provider: Provider): Promise<EgressReport> {
    try {
      return judgeTrace(await this.options.fetchTrace(provider), provider.countries);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'The trace cannot be read.';
      return { ip: null, country: null, colo: null, verdict: 'unknown', reason };
    }
  }
}
