import results from '../results/accuracy.json';
import { accuracyTables, total } from './report';

/** The results of the last run that was kept, for docs/performance.md. */
export function accuracySection(): string {
  const { wrong, missed } = total(results.formats);
  const said = `Of ${results.requests.toLocaleString('en-US')} requests ${wrong} were wrong, and ${missed} missed.`;
  return `${said}\n\n${accuracyTables(results)}`;
}
