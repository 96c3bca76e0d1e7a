import { MODEL } from './model';
import { simulationReport } from './report';
import results from './results.json';

/** The results of the last run that was kept, for docs/performance.md. */
export function simulationSection(): string {
  return simulationReport(MODEL, results);
}
