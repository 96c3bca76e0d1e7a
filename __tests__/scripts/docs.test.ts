import { spawnSync } from 'node:child_process';
import { version } from '../../package.json';
import { renderSections } from '../../scripts/docs/render';
import { FAILURES } from '../../src/errors/failures';
import { variableRows } from '../../src/config/provider-variables';
import { read, readDocument, ROOT } from '../docs/documents';

describe('npm run docs', () => {
  it('would change nothing: every document says what the code does', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'scripts/test-packages/main.ts', 'scripts/docs/main.ts', '--check'],
      { cwd: ROOT, encoding: 'utf8' },
    );
    // Names each file that is out of date.
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('replaces the content of a section, and nothing else', () => {
    const text = '# Errors\n<!-- errors -->\nold\n<!-- /errors -->\nend';
    const rendered = renderSections('docs/errors.md', text);
    expect(rendered).toMatch(/^# Errors\n<!-- errors -->\n\n### bad-path\n/);
    expect(rendered).toMatch(/\n\n<!-- \/errors -->\nend$/);
    expect(rendered).not.toContain('old');
  });

  it('names the document and the section that a document lacks', () => {
    expect(() => renderSections('docs/errors.md', 'none')).toThrow(
      'docs/errors.md has no section <!-- errors -->.',
    );
  });

  it('gives every error of the proxy and every variable an anchor of its own', () => {
    const { anchors } = readDocument('docs/errors.md');
    expect(Object.keys(FAILURES).filter((code) => !anchors.has(code))).toEqual([]);
    const described = read('docs/configuration.md') + read('docs/providers-and-models.md');
    expect(
      variableRows()
        .map(({ name }) => name)
        .filter((name) => !described.includes(`### ${name}\n`) && !described.includes(`\`${name}\``)),
    ).toEqual([]);
  });
});

describe('docs/dependencies.md', () => {
  it('gives a reason for every dependency, and for every requested package', () => {
    const packages = [
      'package.json',
      ...['__tests__', 'scripts/binary', 'scripts/serverless-cli'].map((folder) => `${folder}/package.json`),
    ];
    const declared = packages.flatMap((file) => {
      const { dependencies, devDependencies } = JSON.parse(read(file)) as Record<
        string,
        Record<string, string>
      >;
      return Object.keys({ ...dependencies, ...devDependencies });
    });
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
    const text = read('docs/dependencies.md');
    const named = [...declared, ...asked];
    expect(named.filter((name) => !name.startsWith('@types/') && !text.includes(`\`${name}\``))).toEqual([]);
  });
});

it('The newest version in CHANGELOG.md is that of package.json.', () => {
  const changelog = read('CHANGELOG.md');
  expect(/^## \[(\d[^\]]*)\] - \d{4}-\d{2}-\d{2}$/m.exec(changelog)?.[1]).toBe(version);
});
