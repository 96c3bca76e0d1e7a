import { addedOf, disturbedRounds, ratioOf, valueOf, type Results } from './results';

/** A target for this proxy. */
export interface Target {
  readonly title: string;
  /** The scenario that measures it; absent if none does. */
  readonly scenario?: string;
  readonly limit: number;
  readonly unit: string;
  readonly digits: number;
  /** The figure that is compared with the limit: the median over all rounds. */
  readonly figure: (results: Results) => number | undefined;
}

const OURS = 'everything-on';
const PASS = 'pass-through';

const ratio = (scenario: string, peer: string, key: string) => ({
  scenario,
  figure: (results: Results) => ratioOf(results, scenario, peer, key)?.median,
});
const added = (scenario: string, peer: string, key: string) => ({
  scenario,
  figure: (results: Results) => addedOf(results, scenario, peer, key)?.median,
});
const value = (scenario: string, peer: string, key: string) => ({
  scenario,
  figure: (results: Results) => valueOf(results, scenario, peer, key)?.median,
});

const RATIO = { unit: '×', digits: 2 };
const MS = { unit: ' ms', digits: 2 };

/** With everything on, unless said otherwise; `×` is the ratio to the bare pipe in the same round. */
export const TARGETS: readonly Target[] = [
  {
    title: 'CPU per 1 KB chat, 32 at a time, in an instance’s first second',
    limit: 1.5,
    ...RATIO,
    ...ratio('chat-32', OURS, 'cpuUs'),
  },
  { title: 'the same after 4 s of them', limit: 1.2, ...RATIO, ...ratio('chat-32-steady', OURS, 'cpuUs') },
  {
    title: 'the same after 4 s, pass-through',
    limit: 1.1,
    ...RATIO,
    ...ratio('chat-32-steady', PASS, 'cpuUs'),
  },
  {
    title: 'the same by a route of its model, to one without, in turns in the same process',
    limit: 1.05,
    ...RATIO,
    scenario: 'route',
    figure: (results) => {
      const [plain, difference] = ['plainUs', 'differenceUs'].map(
        (key) => valueOf(results, 'route', 'by-model-route', key)?.median,
      );
      return plain === undefined || difference === undefined ? undefined : (plain + difference) / plain;
    },
  },
  {
    title: 'CPU per 128 KiB prompt, in an instance’s first second',
    limit: 1.6,
    ...RATIO,
    ...ratio('prompt', OURS, 'cpuUs'),
  },
  { title: 'the same after 4 s of them', limit: 1.1, ...RATIO, ...ratio('prompt-steady', OURS, 'cpuUs') },
  {
    title: 'CPU per chunk, 500 paced streams',
    limit: 1.02,
    ...RATIO,
    ...ratio('paced', OURS, 'cpuUs'),
  },
  { title: 'the same, TLS upstream', limit: 0.55, ...RATIO, ...ratio('tls-paced', OURS, 'cpuUs') },
  { title: 'CPU per chunk, flat out', limit: 1.05, ...RATIO, ...ratio('flat', OURS, 'cpuUs') },
  {
    title: 'added latency per chunk, 500 streams, p50',
    limit: 0.12,
    ...MS,
    ...added('paced', OURS, 'p50Ms'),
  },
  {
    title: 'added latency per chunk, 500 streams, p99',
    limit: 4,
    ...MS,
    ...added('paced', OURS, 'p99Ms'),
  },
  {
    title: 'memory growth, 8 uploads of 25 MB at once',
    limit: 16,
    unit: ' MiB',
    digits: 1,
    ...value('upload', OURS, 'growthMib'),
  },
  {
    title: 'memory of the whole process, 100 open streams, TLS upstream',
    limit: 60,
    unit: ' MiB',
    digits: 1,
    ...value('memory', OURS, 'with100Mib'),
  },
  {
    title: 'memory per open stream, TLS upstream',
    limit: 40,
    unit: ' KiB',
    digits: 1,
    ...value('memory', OURS, 'perStreamKib'),
  },
  {
    title: 'cold start to the first relayed response',
    limit: 1.15,
    ...RATIO,
    ...ratio('cold', OURS, 'firstMs'),
  },
  {
    title: 'deployed bundle',
    limit: 500,
    unit: ' KB',
    digits: 0,
    figure: ({ bundleBytes }) => bundleBytes / 1_000,
  },
];

export type Verdict = 'met' | 'missed' | 'not measured';

export function verdictOf({ figure, limit }: Target, results: Results): Verdict {
  const reached = figure(results);
  if (reached === undefined) return 'not measured';
  return reached <= limit ? 'met' : 'missed';
}

/** A reservation about a verdict: `3 of 5 rounds disturbed`; empty if none was. */
export function reservation({ scenario }: Target, results: Results): string {
  if (scenario === undefined) return '';
  const { disturbed, rounds } = disturbedRounds(results, scenario);
  return disturbed === 0 ? '' : `${disturbed} of ${rounds} rounds disturbed`;
}
