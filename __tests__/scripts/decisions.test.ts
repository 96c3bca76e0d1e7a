import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../..');
const FOLDER = path.join(ROOT, 'docs/decisions');
const HEADINGS = ['## Question', '## Decision', '## Figures', '## Not taken', '## Consequences'];
const read = (name: string) => readFileSync(path.join(FOLDER, name), 'utf8');
const documents = readdirSync(FOLDER);
const records = documents.filter((name) => /^\d{4}-/.test(name)).sort();

describe('docs/decisions', () => {
  it('numbers its records without a gap, and lists each of them in its README.', () => {
    expect(records.length).toBeGreaterThanOrEqual(10);
    records.forEach((name, at) =>
      expect(name).toMatch(new RegExp(`^${String(at + 1).padStart(4, '0')}-[a-z0-9-]+\\.md$`)),
    );
    for (const name of records) {
      const title = /^# (.*)$/m.exec(read(name))?.[1] ?? '';
      expect(title).toMatch(new RegExp(`^${name.slice(0, 4)} \\S`));
      expect(read('README.md')).toContain(`[${title}](${name})`);
    }
  });

  it.each(records)('%s has all headings in their order, and fewer than 50 lines.', (name) => {
    const lines = read(name).trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('## '))).toEqual(HEADINGS);
    expect(lines.length).toBeLessThan(50);
  });

  it.each(documents)('%s links only to files that exist, and names only commands that exist.', (name) => {
    const text = read(name);
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)/g))
      expect([target, existsSync(path.join(FOLDER, target))]).toEqual([target, true]);
    const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      scripts: object;
    };
    for (const [, command] of text.matchAll(/npm run ([\w:-]+)/g))
      expect(Object.keys(scripts)).toContain(command);
  });
});
