import type { CheckResult } from './result';

const MARKS: Readonly<Record<CheckResult['verdict'], string>> = {
  ok: 'ok  ',
  warn: 'WARN',
  fail: 'FAIL',
  skipped: '–   ',
};

/** One result as text, with its remedy on the next line. */
export function resultLines({ name, verdict, detail, remedy }: CheckResult): string {
  const line = `${MARKS[verdict]}  ${name.padEnd(16)}  ${detail}`;
  return remedy === undefined ? line : `${line}\n${' '.repeat(24)}→ ${remedy}`;
}

export function summary(results: readonly CheckResult[]): string {
  const count = (verdict: CheckResult['verdict']) => results.filter((one) => one.verdict === verdict).length;
  const failed = count('fail');
  return `${failed === 0 ? 'It works' : 'It does not work as it should'}: ${count('ok')} ok, ${count('warn')} with a warning, ${failed} failed, ${count('skipped')} not checked.`;
}

/** The whole report as JSON. */
export function jsonReport(origin: string, results: readonly CheckResult[]): string {
  return JSON.stringify({ url: origin, ok: exitStatus(results) === 0, checks: results }, null, 2);
}

/** 0 only if nothing failed. */
export function exitStatus(results: readonly CheckResult[]): 0 | 1 {
  return results.some(({ verdict }) => verdict === 'fail') ? 1 : 0;
}
