import { build } from 'esbuild';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installPackages, isInstalled } from '../../scripts/shared/install-packages';
import { nodeArguments } from '../../scripts/test-packages/command';

const ROOT = path.resolve(__dirname, '../..');
const FOLDERS = ['.', '__tests__', 'scripts/binary', 'scripts/serverless-cli'];

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

interface Locked {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optional?: boolean;
}

function json(file: string): unknown {
  return JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'));
}

const manifest = (folder: string) => json(path.join(folder, 'package.json')) as Manifest;
const locked = (folder: string) =>
  (json(path.join(folder, 'package-lock.json')) as { packages: Record<string, Locked> }).packages;
const namesOf = ({ dependencies, devDependencies }: Manifest) =>
  Object.keys({ ...dependencies, ...devDependencies });

describe('package.json', () => {
  const { scripts } = manifest('.');

  it('has every package that a command of users imports', async () => {
    // Scripts for developers come after scripts/test-packages/main.ts, which makes the packages of the tests known to them.
    const commands = Object.values(scripts).filter((command) => !command.includes('test-packages'));
    const entries = commands.flatMap((command) => command.match(/scripts\/[\w/-]+\.ts/g) ?? []);
    expect(entries).toEqual(expect.arrayContaining(['scripts/start/main.ts', 'scripts/deploy/main.ts']));
    const { metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: [...entries, 'src/entry/web-function.ts', 'src/entry/event-function.ts'],
      outdir: 'dist',
      bundle: true,
      packages: 'external',
      platform: 'node',
      metafile: true,
      write: false,
      logLevel: 'silent',
    });
    const imported = Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
      imports
        .filter(({ external, path: name }) => external === true && !isBuiltin(name))
        .map(({ path: name }) => ({ file, name: name.split('/', name.startsWith('@') ? 2 : 1).join('/') })),
    );
    expect(imported.map(({ name }) => name)).toContain('esbuild');
    const declaredFor = (file: string) =>
      ['.', path.dirname(file)]
        .filter((folder) => FOLDERS.includes(folder))
        .map(manifest)
        .flatMap(namesOf);
    expect(imported.filter(({ file, name }) => !declaredFor(file).includes(name))).toEqual([]);
  });

  it('stays light: `npm ci` installs at most 120 packages, and none that the tests have', () => {
    const required = Object.entries(locked('.')).filter(([, { optional }]) => optional !== true);
    expect(required.length).toBeLessThanOrEqual(120);
    const tests = namesOf(manifest('__tests__'));
    expect(namesOf(manifest('.')).filter((name) => tests.includes(name))).toEqual([]);
  });

  it('has the packages of the tests installed by each script that runs one of their commands', () => {
    const bare = Object.values(scripts).filter((command) =>
      /(?:^|&& )(?:jest|eslint|prettier|tsc)\b/.test(command),
    );
    expect(bare).toEqual([]);
  });
});

it.each([...FOLDERS.slice(0, 3), '__tests__/clients'])(
  'package-lock.json in %s has the address of each package, without which npm asks for its metadata first',
  (folder) => {
    const downloaded = Object.entries(locked(folder)).filter(([, { integrity }]) => integrity !== undefined);
    expect(downloaded.length).toBeGreaterThan(0);
    expect(
      downloaded.filter(([, { resolved }]) => resolved?.startsWith('https://registry.npmjs.org/') !== true),
    ).toEqual([]);
  },
);

describe('installPackages', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'packages-'));
  const modules = path.join(folder, 'node_modules');
  const announced: string[] = [];
  const lockFile = (packages: Record<string, Locked>) =>
    JSON.stringify({ name: 'p', version: '0.0.0', lockfileVersion: 3, requires: true, packages });
  const lay = (wanted: Record<string, Locked>, installed?: Record<string, Locked>) => {
    rmSync(modules, { recursive: true, force: true });
    writeFileSync(path.join(folder, 'package.json'), '{"name":"p","version":"0.0.0"}');
    writeFileSync(path.join(folder, 'package-lock.json'), lockFile({ '': {}, ...wanted }));
    if (installed === undefined) return;
    mkdirSync(modules);
    writeFileSync(path.join(modules, '.package-lock.json'), lockFile(installed));
  };

  beforeEach(() => {
    announced.length = 0;
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => announced.push(String(text)) > 0);
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const A = { 'node_modules/a': { integrity: 'sha512-1' } };
  it.each<[string, Record<string, Locked>, Record<string, Locked> | undefined, boolean]>([
    ['nothing is installed', A, undefined, false],
    ['exactly the packages of the lock file are installed', A, A, true],
    ['one is missing', A, {}, false],
    ['one is installed in another version', A, { 'node_modules/a': { integrity: 'sha512-2' } }, false],
    ['only one for another platform is missing', { 'node_modules/b': { optional: true } }, {}, true],
  ])('If %s, they count as installed or not accordingly.', (_, wanted, installed, expected) => {
    lay(wanted, installed);
    expect(isInstalled(folder)).toBe(expected);
  });

  it('runs npm once, and announces it in one line on standard error', async () => {
    lay({}, { 'node_modules/old': {} });
    rmSync(path.join(modules, '.package-lock.json'));
    await installPackages({ folder, content: 'the tools' });
    expect(announced).toEqual([
      expect.stringMatching(/^Installing the tools, into .*\(again only if .*\)\.\n$/),
    ]);
    await installPackages({ folder, content: 'the tools' });
    expect([isInstalled(folder), announced.length]).toEqual([true, 1]);
  }, 60_000);

  it('says which installation failed', async () => {
    lay(A);
    writeFileSync(path.join(folder, 'package.json'), '{');
    await expect(installPackages({ folder, content: 'the tools' })).rejects.toThrow(
      /^npm ci in .* ended with 1/,
    );
  }, 60_000);

  it('leaves alone a node_modules that is a link: its packages belong to another checkout', async () => {
    lay(A);
    const other = mkdtempSync(path.join(tmpdir(), 'packages-other-'));
    writeFileSync(path.join(other, 'kept'), '');
    symlinkSync(other, modules);
    await installPackages({ folder, content: 'the tools' });
    expect([existsSync(path.join(other, 'kept')), announced]).toEqual([true, []]);
    rmSync(other, { recursive: true });
  });
});

describe('nodeArguments', () => {
  const folder = path.join(ROOT, '__tests__');

  it.each([
    [['jest', 'http'], 'jest/bin/jest.js', ['http']],
    [['tsc', '--noEmit'], 'typescript/bin/tsc', ['--noEmit']],
    [['eslint', '.'], 'eslint/bin/eslint.js', ['.']],
    [['prettier', 'a b.md'], 'prettier/bin/prettier.cjs', ['a b.md']],
  ])('runs %j by its JavaScript file, not by a shim', (command, file, args) => {
    const [program = '', ...rest] = nodeArguments(command, folder);
    expect(program.split(path.sep).join('/')).toMatch(
      new RegExp(`/node_modules/${file.replaceAll('.', '\\.')}$`),
    );
    expect(existsSync(program)).toBe(true);
    expect(rest).toEqual(args);
  });

  it('runs a script with tsx', () => {
    expect(nodeArguments(['scripts/a.ts', '--check'], folder)).toEqual([
      '--import',
      'tsx',
      'scripts/a.ts',
      '--check',
    ]);
  });

  it('names the command that a package lacks', () => {
    expect(() => nodeArguments(['ws'], folder)).toThrow('The package ws has no command ws.');
    expect(() => nodeArguments([], folder)).toThrow('Usage');
  });
});
