import { disturbedRounds, type Results } from '../results';

/** One line for each disturbed scenario, and how far it was disturbed. */
export function disturbanceNotes(results: Results): string[] {
  const scenarios = [...new Set(results.disturbed.map(({ scenario }) => scenario))];
  return scenarios.map((name) => {
    const all = results.disturbed.filter(({ scenario }) => scenario === name);
    const { disturbed, rounds } = disturbedRounds(results, name);
    const share = Math.max(...all.map(({ othersShare }) => othersShare)) * 100;
    const stall = Math.max(...all.map(({ stallMs }) => stallMs)) / 1_000;
    return (
      `Disturbed: ${name}, ${disturbed} of ${rounds} rounds; ` +
      `others used up to ${share.toFixed(0)} % of the cores, the load stood still for up to ${stall.toFixed(1)} s.`
    );
  });
}
