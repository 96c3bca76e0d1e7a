import { chart } from '../../../scripts/bench/growth/chart';
import { fit, type Curve } from '../../../scripts/bench/growth/curve';
import { figure } from '../../../scripts/bench/growth/figure';
import { markdown } from '../../../scripts/bench/growth/report';
import { withSection } from '../../../scripts/bench/growth/section';

const XS = [1, 10, 100, 1_000];

function curve(cost: (x: number) => number): Curve {
  return {
    name: 'keys',
    title: 'Keys & <more>',
    x: { label: 'keys', logarithmic: true },
    y: { label: 'CPU per request, µs' },
    slope: { unit: 'ns per key', factor: 1_000 },
    points: XS.map((x) => ({ x, y: { median: cost(x), min: cost(x) - 1, max: cost(x) + 1 } })),
  };
}

describe('the fit of a curve', () => {
  it('has the slope and the first value of the line through the points', () => {
    const { slope, intercept } = fit(curve((x) => 100 + 3 * x));
    expect(slope).toBeCloseTo(3);
    expect(intercept).toBeCloseTo(100);
  });

  it('distinguishes the kinds of growth', () => {
    expect(fit(curve((x) => 100 + x)).judgement).toBe('linear');
    expect(fit(curve((x) => 100 + x * x)).judgement).toBe('worse than linear');
    expect(fit(curve((x) => 100 + 20 * Math.log10(x))).judgement).toBe('less than linear');
  });

  it('treats changes within the noise as flat', () => {
    expect(fit(curve((x) => 100 + 0.01 * x)).judgement).toBe('flat');
    expect(fit(curve((x) => 100 - 0.01 * x)).judgement).toBe('flat');
    expect(fit(curve((x) => 100 - 0.05 * x)).judgement).toBe('falls');
  });

  it('does not rate a line as worse because its beginning is lost in the noise', () => {
    expect(fit(curve((x) => 100 + 0.05 * x)).judgement).toBe('linear');
  });
});

describe('the report of growth', () => {
  const report = { at: '2026-11-24T20:00:00Z', node: 'v20', cores: 'two cores', rounds: 5 };

  it('states the slope in the unit of the curve', () => {
    const text = markdown({ ...report, curves: [curve((x) => 100 + 3 * x)] }, 'charts');
    expect(text).toContain(
      '| 1 – 1,000 keys | CPU per request, µs: 103 → 3,100 | 3,000 ns per key | linear |',
    );
    expect(text).toContain('(charts/keys.svg)');
  });

  it('shows no pictures if there are none', () => {
    expect(markdown({ ...report, curves: [curve((x) => x)] }, undefined)).not.toContain('![');
  });
});

describe('the chart of a curve', () => {
  it('is well-formed, with a mark for each point inside the picture', () => {
    const svg = chart(curve((x) => 100 + x));
    expect(svg).toContain('Keys &amp; &lt;more>');
    const marks = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)];
    expect(marks).toHaveLength(XS.length);
    for (const [, x, y] of marks) {
      expect(Number(x)).toBeGreaterThan(0);
      expect(Number(x)).toBeLessThan(480);
      expect(Number(y)).toBeGreaterThan(0);
      expect(Number(y)).toBeLessThan(240);
    }
  });

  it('has a place for 0 on a logarithmic axis', () => {
    const from0 = { ...curve((x) => x), points: [{ x: 0, y: { median: 1, min: 1, max: 1 } }] };
    expect(chart({ ...from0, points: [...from0.points, ...curve((x) => x).points] })).not.toMatch(
      /NaN|Infinity/,
    );
  });
});

describe('a marked section', () => {
  it('is replaced, and everything else is unchanged', () => {
    const readme = 'before\n<!-- growth -->\nold\n<!-- /growth -->\nafter\n';
    expect(withSection(readme, 'growth', 'new')).toBe(
      'before\n<!-- growth -->\n\nnew\n\n<!-- /growth -->\nafter\n',
    );
  });

  it('may end with the same mark that it begins with', () => {
    expect(withSection('<!-- growth -->old<!-- growth -->', 'growth', 'new')).toBe(
      '<!-- growth -->\n\nnew\n\n<!-- growth -->',
    );
  });

  it('is not added if there is none', () => {
    expect(withSection('text', 'growth', 'new')).toBeUndefined();
    expect(withSection('<!-- growth -->', 'growth', 'new')).toBeUndefined();
  });
});

describe('a figure', () => {
  it.each([
    [0, '0'],
    [0.001234, '0.0012'],
    [12.345, '12.3'],
    [-0.0204, '-0.02'],
    [12_345.6, '12,346'],
    [NaN, '–'],
  ])('%p is written %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });
});
