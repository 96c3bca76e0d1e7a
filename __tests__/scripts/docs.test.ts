import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { renderReadme } from '../../scripts/docs/render';

const ROOT = path.resolve(__dirname, '../..');
const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');

describe('README.md', () => {
  it('says what the code does: `npm run docs` would change nothing', () => {
    const formatted = spawnSync(
      path.join(ROOT, 'node_modules/.bin/prettier'),
      ['--stdin-filepath', 'README.md'],
      {
        cwd: ROOT,
        input: renderReadme(readme),
        encoding: 'utf8',
      },
    );
    expect(formatted.stdout).toBe(readme);
  });

  it('names only commands that exist', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name ?? '');
    expect(named.length).toBeGreaterThan(4);
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });

  it('gives a reason for every dependency, and for every package that was asked for', () => {
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(path.join(ROOT, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, string>>;
    const asked = [
      'serverless-http',
      'express',
      'eventsource-parser',
      'cross-fetch',
      'serverless',
      '@serverless/cli',
      'jest',
      'ts-jest',
    ];
    for (const name of [...Object.keys({ ...dependencies, ...devDependencies }), ...asked]) {
      if (!name.startsWith('@types/')) expect(readme).toContain(`\`${name}\``);
    }
  });
});
