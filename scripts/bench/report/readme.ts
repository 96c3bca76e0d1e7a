import type { Results } from '../results';
import type { Scenario } from '../scenarios/scenario';
import { disturbanceNotes } from './notes';
import { figureTable, markdown, targetTable } from './tables';

const MARKER = '<!-- results -->';

/** The README's results: what was measured, on which machine, targets and figures. */
export function resultsSection(results: Results, scenarios: readonly Scenario[], rounds: number): string {
  const { machine, peers, absent, problems } = results;
  const versions = peers.map(({ title, version }) => `${title} ${version}`).join(', ');
  const notes = [
    ...absent.map((line) => `- Left out: ${line}`),
    ...disturbanceNotes(results).map((line) => `- ${line}`),
    ...problems.map(({ scenario, peer, problem }) => `- Did not work: ${scenario}, ${peer}: ${problem}`),
  ];
  return [
    `Measured on ${results.date.slice(0, 10)}, ${rounds} rounds: Node ${machine.node}, ${machine.os}, ${machine.cpu}; ${machine.cores}.`,
    `Versions: ${versions}.`,
    markdown(targetTable(results)),
    'Medians; behind them, the ratio to the bare pipe in the same round, as the median of all rounds (least–most).',
    markdown(figureTable(results, scenarios)),
    ...(notes.length === 0 ? [] : [notes.join('\n')]),
  ].join('\n\n');
}

/**
 * Puts the results between the README's two markers.
 * @throws Error if there are not exactly two
 */
export function withResults(readme: string, section: string): string {
  const parts = readme.split(MARKER);
  if (parts.length !== 3) throw new Error(`The README must hold ${MARKER} twice; the results go in between.`);
  return [parts[0], `\n\n${section}\n\n`, parts[2]].join(MARKER);
}
