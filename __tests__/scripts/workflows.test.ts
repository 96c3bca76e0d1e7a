import path from 'node:path';
import { readFileSync, readdirSync } from 'node:fs';
import { parse } from 'yaml';

const ROOT = path.resolve(__dirname, '../..');
const FOLDER = path.join(ROOT, '.github/workflows');

/** The inputs that each action documents in its action.yml, as far as these workflows might use them. */
const INPUTS: Readonly<Record<string, readonly string[]>> = {
  'actions/checkout@v4': ['ref', 'fetch-depth', 'fetch-tags', 'path', 'persist-credentials', 'submodules'],
  'actions/setup-node@v4': [
    'node-version',
    'node-version-file',
    'cache',
    'cache-dependency-path',
    'architecture',
  ],
  'actions/upload-artifact@v4': ['name', 'path', 'if-no-files-found', 'retention-days', 'compression-level'],
  'actions/download-artifact@v4': ['name', 'path', 'pattern', 'merge-multiple'],
  'docker/setup-qemu-action@v3': ['image', 'platforms', 'cache-image'],
  'docker/setup-buildx-action@v3': ['version', 'driver', 'driver-opts', 'platforms'],
  'docker/login-action@v3': ['registry', 'username', 'password', 'logout'],
  'docker/build-push-action@v6': [
    ...['context', 'file', 'platforms', 'push', 'load', 'tags', 'labels', 'build-args', 'target'],
    ...['cache-from', 'cache-to', 'provenance', 'sbom'],
  ],
};

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Workflow {
  readonly on: Readonly<Record<string, { readonly paths?: readonly string[] } | null>>;
  readonly permissions?: unknown;
  readonly jobs: Readonly<
    Record<string, { readonly 'timeout-minutes'?: number; readonly steps: readonly Step[] }>
  >;
}

const text = (name: string) => readFileSync(path.join(FOLDER, name), 'utf8');
const workflow = (name: string) => parse(text(name)) as Workflow;
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);

describe.each(readdirSync(FOLDER))('The workflow %s', (name) => {
  it('uses only actions and inputs that exist.', () => {
    const unknown = stepsOf(workflow(name)).flatMap(({ uses, with: given = {} }) =>
      uses === undefined
        ? []
        : Object.keys(given)
            .filter((input) => INPUTS[uses]?.includes(input) !== true)
            .map((input) => `${uses}: ${input}`)
            .concat(INPUTS[uses] ? [] : [uses]),
    );
    expect(unknown).toEqual([]);
  });

  it('may only read unless a job asks for more, and ends after a time.', () => {
    const { permissions, jobs } = workflow(name);
    expect(permissions).toEqual({ contents: 'read' });
    expect(Object.values(jobs).filter((job) => job['timeout-minutes'] === undefined)).toEqual([]);
  });

  it('puts no expression into a shell command, where its value would be code.', () => {
    expect(stepsOf(workflow(name)).filter(({ run }) => run?.includes('${{'))).toEqual([]);
  });

  it('runs only npm scripts that exist.', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...text(name).matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(
      ([, script = '']) => script,
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });

  it('says that it was not run.', () => {
    expect(text(name)).toContain('was checked as text, and not run');
  });
});

it('deploy.yml runs by hand, and when the sources, the settings or the configuration change on the main branch.', () => {
  const { on } = workflow('deploy.yml');
  expect(Object.keys(on)).toEqual(['workflow_dispatch', 'push']);
  expect(on['push']).toMatchObject({ branches: ['main'] });
  for (const one of ['serverless.yml', 'config/**', 'src/**']) expect(on['push']?.paths).toContain(one);
});

it('deploy.yml gives the secrets only to the step that deploys.', () => {
  const steps = stepsOf(workflow('deploy.yml'));
  const withSecrets = steps.filter(({ env = {} }) =>
    Object.values(env).some((value) => /secrets\.\w+ }}/.test(value)),
  );
  expect(withSecrets.map(({ run = '' }) => run.includes('npm run --silent deploy'))).toEqual([true]);
  const names = [...text('deploy.yml').matchAll(/secrets\.([A-Z_]+)/g)].map(([, secret]) => secret);
  expect([...new Set(names)].sort()).toEqual(['DOTENV', 'TENCENT_SECRET_ID', 'TENCENT_SECRET_KEY']);
});

it('release.yml makes the zip, an executable on each architecture, and the image.', () => {
  const all = text('release.yml');
  for (const part of [
    'npm run package',
    'npm run build:binary',
    'ubuntu-24.04-arm',
    'linux/amd64,linux/arm64',
  ])
    expect(all).toContain(part);
});
