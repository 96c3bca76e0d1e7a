import type { Results } from '../results';
import { SCENARIOS } from '../scenarios';
import { chart } from './chart';

/** The peers that are this proxy. */
export const OURS = ['pass-through', 'everything-on'];

/** Those that charts show as this proxy. */
export const HIGHLIGHTED = [...OURS, 'by-model-route', 'before'];

/** One scenario of each kind that a user notices: a request, a streamed chunk, a start. */
const SHOWN = ['chat-32', 'paced', 'cold'];

/** The short chart that the project's README shows; `latest.svg` has all scenarios. */
export function summaryChart(results: Results): string {
  return chart(
    results,
    SCENARIOS.filter(({ name }) => SHOWN.includes(name)),
    HIGHLIGHTED,
  );
}
