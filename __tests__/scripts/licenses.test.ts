import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fromBufferPromise } from 'yauzl';
import { buildScfEvent } from '../../scripts/build/build';
import { LICENSES_FILE, thirdPartyLicenses, withNodeLicense } from '../../scripts/build/licenses';
import { zipFolder } from '../../scripts/deploy/zip';

const DIST = path.resolve(__dirname, '../../dist');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'licenses-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Writes a package, and returns a file of its code. */
function packageWith(place: string, manifest: object, files: Readonly<Record<string, string>> = {}): string {
  const at = path.join(folder, 'node_modules', place);
  mkdirSync(path.join(at, 'lib'), { recursive: true });
  writeFileSync(
    path.join(at, 'package.json'),
    JSON.stringify({ name: place, version: '1.0.0', ...manifest }),
  );
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(at, name), text);
  return path.join(at, 'lib/index.js');
}

describe('thirdPartyLicenses', () => {
  it('gives the whole text of each licence file, by package name, whatever the order of the files.', () => {
    const files = [
      packageWith(
        'zebra',
        { license: 'MIT' },
        { LICENSE: 'Zebra may be used.\r\nBy anyone.\n', 'README.md': 'no' },
      ),
      packageWith(
        '@scope/ape',
        { license: 'Apache-2.0' },
        { 'LICENSE.md': 'Ape licence.', NOTICE: 'Ape notice.' },
      ),
      packageWith('bear', { license: 'ISC' }, { 'licence.txt': 'Bear licence.' }),
      path.join(folder, 'src/ours.ts'),
    ];
    const text = thirdPartyLicenses(files);
    expect(text.split(/^={80}$/m).map((part) => part.trim())).toEqual([
      'The licences of the packages that have code in index.js or in a file beside it.',
      '@scope/ape 1.0.0\nLicense: Apache-2.0\n\nApe licence.\n\nApe notice.',
      'bear 1.0.0\nLicense: ISC\n\nBear licence.',
      'zebra 1.0.0\nLicense: MIT\n\nZebra may be used.\nBy anyone.',
    ]);
    expect(thirdPartyLicenses([...files].reverse())).toBe(text);
  });

  it('names licence and author of a package without a licence file, in the forms of old packages as well.', () => {
    const text = thirdPartyLicenses([
      packageWith('a', { license: 'MIT', author: 'Ann <ann@example.com>' }),
      packageWith('b', { license: { type: 'BSD' }, author: { name: 'Bob' } }),
      packageWith('c', { licenses: [{ type: 'MIT' }, { type: 'GPL-2.0' }] }),
    ]);
    for (const part of ['License: MIT\nAuthor: Ann <ann@example.com>', 'License: BSD\nAuthor: Bob'])
      expect(text).toContain(part);
    expect(text).toContain('License: MIT OR GPL-2.0\nAuthor: not given\nThe package has no licence file.');
  });

  it('lists a package once however many of its files are used, and each version of it.', () => {
    const outer = packageWith('a', { license: 'MIT' });
    const inner = packageWith('b/node_modules/a', { name: 'a', version: '2.0.0', license: 'MIT' });
    const text = thirdPartyLicenses([outer, path.join(path.dirname(outer), 'other.js'), inner]);
    expect(text.match(/^a \d.*$/gm)).toEqual(['a 1.0.0', 'a 2.0.0']);
  });

  it.each([
    ['nothing', {}, {}],
    ['an empty licence file', {}, { LICENSE: '\n' }],
    ['"UNLICENSED", which permits nothing', { license: 'UNLICENSED' }, {}],
  ])('rejects a package whose licence is unknown: %s.', (_what, manifest, files) => {
    expect(() => thirdPartyLicenses([packageWith('a', manifest, files)])).toThrow(
      /^a 1\.0\.0 is in the bundle and has neither/,
    );
  });
});

describe('withNodeLicense', () => {
  it('adds Node’s licence from the folder above its executable, or says where it is.', () => {
    const node = path.join(folder, 'bin/node');
    mkdirSync(path.dirname(node));
    writeFileSync(node, '');
    const added = () => withNodeLicense('Others.\n', node).split(/^={80}$/m);
    expect(added()).toEqual([
      'Others.\n\n',
      expect.stringContaining(`/nodejs/node/blob/${process.version}/`),
    ]);
    writeFileSync(path.join(folder, 'LICENSE'), 'Node may be used.\r\nBy anyone.\n');
    expect(added()[1]).toBe(
      `\nNode.js ${process.version}\nLicense: MIT, and those of the libraries in it\n\nNode may be used.\nBy anyone.\n`,
    );
  });
});

describe('THIRD-PARTY-LICENSES of the build', () => {
  const titles = (name: string) =>
    readFileSync(path.join(DIST, name, LICENSES_FILE), 'utf8')
      .split(/^={80}\n/m)
      .slice(1)
      .map((entry) => /^(\S+) \d/.exec(entry)?.[1]);

  it('has what the bundle has, excerpts included, and nothing of the build’s own tools.', () => {
    const inBoth = ['express', 'fastest-levenshtein', 'ioredis', 'mime-db', 'rate-limiter-flexible'];
    expect(titles('scf')).toEqual(expect.arrayContaining(inBoth));
    expect(titles('scf-event')).toEqual(expect.arrayContaining([...inBoth, 'serverless-http']));
    expect(titles('scf')).toContain('yaml'); // in config-file.js
    expect(titles('scf-event')).not.toContain('yaml');
    // These are replaced by files of ours (scripts/build/no-*), or not bundled at all.
    for (const name of ['serverless-http', 'body-parser', 'qs', 'debug', 'pino', 'esbuild', 'undefined'])
      expect(titles('scf').map(String)).not.toContain(name);
  });

  it('is the same each time, and contains nothing of the machine that built it.', async () => {
    const built = path.join(folder, 'built');
    await buildScfEvent(built, path.join(folder, 'no-config'));
    const text = readFileSync(path.join(built, LICENSES_FILE), 'utf8');
    expect(text).toBe(readFileSync(path.join(DIST, 'scf-event', LICENSES_FILE), 'utf8'));
    expect(text).not.toContain(path.resolve(__dirname, '../..'));
  });

  it('is in the package that is deployed.', async () => {
    const { bytes } = await zipFolder(path.join(DIST, 'scf'));
    const archive = await fromBufferPromise(bytes, { lazyEntries: true });
    const names: string[] = [];
    for await (const entry of archive.eachEntry()) names.push(entry.fileName);
    expect(names).toContain(LICENSES_FILE);
  });
});
