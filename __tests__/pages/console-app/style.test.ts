import { readFileSync } from 'node:fs';
import path from 'node:path';

const STYLE = readFileSync(path.resolve(__dirname, '../../../src/pages/console-app/style.css'), 'utf8');

describe('the page’s colours', () => {
  it.each([
    ['light', 0],
    ['dark', 1],
  ])('have the contrast of WCAG AA in the %s scheme', (_scheme, index) => {
    const block = /:root \{([^}]*)\}/g;
    const declared = [...STYLE.matchAll(block)][index]?.[1] ?? '';
    const colours = Object.fromEntries(
      [...declared.matchAll(/--([\w-]+): (#[0-9a-f]+);/g)].map(([, name = '', colour = '']) => [
        name,
        colour,
      ]),
    );
    const contrast = (one: string, other: string) => {
      const [dark = 0, light = 0] = [luminance(colours[one]), luminance(colours[other])].sort(
        (a, b) => a - b,
      );
      return (light + 0.05) / (dark + 0.05);
    };
    const readable: [string, string][] = [
      ...['back', 'card', 'code'].flatMap((back) =>
        ['text', 'soft', 'accent', 'bad', 'warn', 'good'].map((front): [string, string] => [front, back]),
      ),
      ...['good', 'warn', 'bad'].map((name): [string, string] => [name, `${name}-tint`]),
      ...['bad-tint', 'warn-tint', 'tint'].map((back): [string, string] => ['text', back]),
      ['soft', 'bad-tint'],
      ['accent', 'tint'],
      ['on-accent', 'accent'],
    ];
    for (const [front, back] of readable) {
      expect([front, back, contrast(front, back) >= 4.5]).toEqual([front, back, true]);
    }
    for (const back of ['back', 'card']) expect(contrast('field', back)).toBeGreaterThanOrEqual(3);
  });
});

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(colour = ''): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
