/** What one check found. `skipped` is no verdict: it could not be looked at, and the detail says why. */
export interface CheckResult {
  readonly name: string;
  readonly verdict: 'ok' | 'warn' | 'fail' | 'skipped';
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** A result of the name that is filled in later, by the check's one place that knows it. */
export type Finding = Omit<CheckResult, 'name'>;

export const ok = (detail: string): Finding => ({ verdict: 'ok', detail });
export const skipped = (detail: string, remedy?: string): Finding => ({
  verdict: 'skipped',
  detail,
  ...(remedy === undefined ? {} : { remedy }),
});
export const warn = (detail: string, remedy: string): Finding => ({ verdict: 'warn', detail, remedy });
export const fail = (detail: string, remedy: string): Finding => ({ verdict: 'fail', detail, remedy });
