import { chart } from '../../../scripts/bench/report/chart';
import { disturbanceNotes } from '../../../scripts/bench/report/notes';
import { withResults } from '../../../scripts/bench/report/readme';
import { aligned, figureTable, markdown, targetTable } from '../../../scripts/bench/report/tables';
import { addedOf, ratioOf, type Results } from '../../../scripts/bench/results';
import type { Scenario } from '../../../scripts/bench/scenarios/scenario';
import type { Target } from '../../../scripts/bench/targets';

const SCENARIO: Scenario = {
  name: 'chat',
  title: 'Chats',
  overTls: false,
  alsoDirect: true,
  inQuick: true,
  figures: [
    { key: 'cpuUs', title: 'CPU', unit: 'µs', digits: 0, compared: 'ratio' },
    { key: 'p50Ms', title: 'p50', unit: 'ms', digits: 1, compared: 'added' },
  ],
  measure: () => Promise.reject(new Error('not here')),
};

function results(changed: Partial<Results> = {}): Results {
  return {
    date: '2026-11-24T00:00:00.000Z',
    extent: 'full',
    machine: { node: '20', os: 'Linux', cpu: 'one', cores: 'pinned' },
    bundleBytes: 444_000,
    peers: [
      { name: 'ours', title: 'ours <all>', version: '1' },
      { name: 'pipe', title: 'bare pipe', version: '20' },
    ],
    absent: [],
    problems: [],
    disturbed: [],
    rounds: {
      chat: {
        direct: [{ p50Ms: 1 }, { p50Ms: 2 }, { p50Ms: 3 }],
        ours: [
          { cpuUs: 110, p50Ms: 1.5 },
          { cpuUs: 400, p50Ms: 2.5 },
          { cpuUs: 130, p50Ms: 3.5 },
        ],
        pipe: [
          { cpuUs: 100, p50Ms: 1 },
          { cpuUs: 200, p50Ms: 2 },
          { cpuUs: 100, p50Ms: 3 },
        ],
      },
    },
    ...changed,
  };
}

const TARGET: Target = {
  title: 'CPU',
  scenario: 'chat',
  limit: 1.25,
  unit: '×',
  digits: 2,
  figure: (all) => ratioOf(all, 'chat', 'ours', 'cpuUs')?.median,
};

describe('in the report of the benchmark,', () => {
  test('a ratio is that of the same round, and its median that of the rounds', () => {
    expect(ratioOf(results(), 'chat', 'ours', 'cpuUs')).toEqual({ median: 1.3, min: 1.1, max: 2 });
    expect(addedOf(results(), 'chat', 'ours', 'p50Ms')).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
  });

  test('a round that failed for one of the two has no ratio, and shifts no other round', () => {
    const failed = results();
    failed.rounds['chat'] = { ours: [null, { cpuUs: 400 }], pipe: [{ cpuUs: 100 }, { cpuUs: 200 }] };
    expect(ratioOf(failed, 'chat', 'ours', 'cpuUs')).toEqual({ median: 2, min: 2, max: 2 });
  });

  test('the table has figures, ratios and differences', () => {
    expect(figureTable(results(), [SCENARIO])).toEqual([
      ['', 'ours <all>', 'bare pipe'],
      ['Chats: CPU', '130 µs, 1.30× (1.10–2.00)', '100 µs'],
      ['Chats: p50', '0.5 ms', '0.0 ms'],
    ]);
  });

  test('a target is met up to its limit, missed above it, and neither if nothing was measured', () => {
    const verdict = (target: Target, of = results()) => targetTable(of, [target])[1]?.slice(2);
    expect(verdict(TARGET)).toEqual(['1.30×', 'missed']);
    expect(verdict({ ...TARGET, limit: 1.3 })).toEqual(['1.30×', 'met']);
    expect(verdict(TARGET, results({ rounds: {} }))).toEqual(['–', 'not measured']);
  });

  test('a verdict reports disturbed rounds, each of them once', () => {
    const at = { scenario: 'chat', round: 1, othersShare: 0.3, stallMs: 1_500 };
    const disturbed = results({
      disturbed: [
        { ...at, peer: 'ours' },
        { ...at, peer: 'pipe' },
      ],
    });
    expect(targetTable(disturbed, [TARGET])[1]?.[3]).toBe('missed, 1 of 3 rounds disturbed');
    expect(disturbanceNotes(disturbed)).toEqual([
      'Disturbed: chat, 1 of 3 rounds; others used up to 30 % of the cores, the load stood still for up to 1.5 s.',
    ]);
  });

  test('tables are written for a terminal and for a README', () => {
    const table = [
      ['', 'a'],
      ['long', 'b'],
    ];
    expect(aligned(table)).toBe('      a\nlong  b');
    expect(markdown(table)).toBe('|  | a |\n| --- | ---: |\n| long | b |');
  });

  test('the results stand between the two markers, and nothing else changes', () => {
    const readme = 'before <!-- results --> old <!-- results --> after';
    expect(withResults(readme, 'new')).toBe('before <!-- results -->\n\nnew\n\n<!-- results --> after');
    expect(() => withResults('none', 'new')).toThrow('must hold <!-- results --> twice');
  });

  test('the chart has one bar for each proxy, and escapes their names', () => {
    const svg = chart(results(), [SCENARIO], ['ours']);
    expect(svg.match(/<rect class="ours"/g)).toHaveLength(1);
    expect(svg.match(/<rect class="peer"/g)).toHaveLength(1);
    expect(svg).toContain('ours &lt;all&gt;');
    expect(svg).toContain('1.30×');
    expect(svg.match(/<line /g)).toHaveLength(1);
  });

  test('the chart shows a figure without a ratio in its own unit, and nothing of one below zero', () => {
    const figures = [
      { key: 'p50Ms', title: 'p50', unit: 'ms', digits: 1, compared: 'added', charted: true },
    ] as const;
    const measured = results();
    measured.rounds['chat'] = {
      direct: [{ p50Ms: 1 }],
      ours: [{ p50Ms: 5.5 }],
      pipe: [{ p50Ms: 0.5 }],
    };
    const svg = chart(measured, [{ ...SCENARIO, figures }], ['ours']);
    expect(svg).toContain('Chats: p50');
    expect(svg).toMatch(/<rect class="ours" [^>]* width="[1-9]\d{2}\.0"[^>]*>\n<text [^>]*>4\.5 ms</);
    expect(svg).toMatch(/<rect class="peer" [^>]* width="0\.0"[^>]*>\n<text [^>]*>-0\.5 ms</);
    expect(svg).not.toContain('<line ');
    expect(
      chart(measured, [{ ...SCENARIO, figures: [{ ...figures[0], charted: false }] }], []),
    ).not.toContain('<rect');
  });
});
