/** What one check found. `skipped`: the check could not be made, and the detail says why. */
export interface CheckResult {
  readonly name: string;
  readonly verdict: 'ok' | 'warn' | 'fail' | 'skipped';
  readonly detail: string;
  /** How to fix it. */
  readonly remedy?: string;
}

/** A result without its check's name, which is added later. */
export type Finding = Omit<CheckResult, 'name'>;

export const ok = (detail: string): Finding => ({ verdict: 'ok', detail });
export const skipped = (detail: string, remedy?: string): Finding => ({
  verdict: 'skipped',
  detail,
  ...(remedy === undefined ? {} : { remedy }),
});
export const warn = (detail: string, remedy: string): Finding => ({ verdict: 'warn', detail, remedy });
export const fail = (detail: string, remedy: string): Finding => ({ verdict: 'fail', detail, remedy });
