import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { watchAndDeploy, type WatchOptions } from '../../../scripts/deploy/watch';
import { until } from '../../helpers/http';
import { Scene } from './scene';

/** A watch whose changes and clock the test controls. */
function watched(deploy: () => Promise<number> = () => Promise.resolve(0)) {
  const lines: string[] = [];
  const timers = new Set<() => void>();
  const end = new AbortController();
  let change: (file: string) => void = () => undefined;
  let watching = false;
  let deployments = 0;
  const effects: Pick<WatchOptions, 'watcher' | 'timer' | 'signal'> = {
    signal: end.signal,
    watcher(_root, onChange) {
      change = onChange;
      watching = true;
      return () => (watching = false);
    },
    timer(callback) {
      timers.add(callback);
      return () => timers.delete(callback);
    },
  };
  return {
    effects,
    lines,
    timers,
    deployments: () => deployments,
    watching: () => watching,
    change: (...files: string[]) => {
      for (const file of files) change(file);
    },
    /** Nothing has changed for a while. */
    async quiet() {
      for (const callback of [...timers]) {
        timers.delete(callback);
        callback();
      }
      for (let count = 0; count < 5; count++) await turn();
    },
    run: () =>
      watchAndDeploy({
        ...effects,
        root: '/project',
        say: (line) => lines.push(line),
        deploy() {
          deployments++;
          return deploy();
        },
      }),
    end: () => {
      end.abort();
    },
  };
}

describe('npm run deploy -- --watch', () => {
  it('deploys once, again after changes have stopped, and names what changed.', async () => {
    const watch = watched();
    const ended = watch.run();
    await turn();
    watch.change('src/app/app.ts', 'serverless.yml', 'src/app/app.ts');
    expect([watch.deployments(), watch.timers.size]).toEqual([1, 1]);
    await watch.quiet();
    expect(watch.deployments()).toBe(2);
    expect(watch.lines).toContain('Changed: serverless.yml, src/app/app.ts. Deploying again.');
    watch.end();
    await ended;
    expect(watch.watching()).toBe(false);
  });

  it.each([
    'serverless.yml',
    '.env',
    'config/keys.yaml',
    'src/http/cors.ts',
    'package.json',
    'scripts/build/build.ts',
  ])('notices %s.', async (file) => {
    const watch = watched();
    const ended = watch.run();
    await turn();
    watch.change(file);
    await watch.quiet();
    expect(watch.deployments()).toBe(2);
    watch.end();
    await ended;
  });

  it.each([
    'dist/scf/index.js',
    'docs/faq.md',
    '.git/index',
    'src/.app.ts.swp',
    'src/app.ts~',
    'config/.#keys.yaml',
    'src/4913',
  ])('does not deploy for %s.', async (file) => {
    const watch = watched();
    const ended = watch.run();
    await turn();
    watch.change(file);
    await watch.quiet();
    expect(watch.deployments()).toBe(1);
    watch.end();
    await ended;
  });

  it('does one deployment at a time, and one more for all changes during it.', async () => {
    const waiting: (() => void)[] = [];
    const watch = watched(() => new Promise((resolve) => waiting.push(() => resolve(0))));
    const ended = watch.run();
    await turn();
    watch.change('serverless.yml');
    await watch.quiet();
    watch.change('src/a.ts');
    await watch.quiet();
    expect(watch.deployments()).toBe(1);
    waiting.shift()?.();
    await watch.quiet();
    expect(watch.deployments()).toBe(2);
    expect(watch.lines).toContain('Changed: serverless.yml, src/a.ts. Deploying again.');
    watch.end();
    waiting.shift()?.();
    await ended;
  });

  it('does not deploy again for the token that the first deployment adds to .env.', async () => {
    const watch = watched(() => {
      watch.change('.env');
      return Promise.resolve(0);
    });
    const ended = watch.run();
    await watch.quiet();
    expect(watch.deployments()).toBe(1);
    watch.end();
    await ended;
  });
});

describe('npm run deploy -- --watch, with a local SCF', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.start();
  });
  afterEach(() => scene.stop());

  it.each([
    ['--help', 0, 'npm run deploy -- --watch'],
    ['remove', 1, 'Unknown arguments'],
  ])('deploys nothing and does not wait with %s', async (argument, status, printed) => {
    const watch = watched();
    const running = scene.project.watch(watch.effects, argument);
    expect(await running.ended).toBe(status);
    expect(running.output()).toContain(printed);
    expect(scene.scf.calls).toEqual([]);
  });

  it('reports a bad configuration and deploys nothing, then deploys the corrected one.', async () => {
    const watch = watched();
    const running = scene.project.watch(watch.effects);
    await until('it is deployed', () => running.output().includes('Waiting for changes'));
    const before = scene.scf.calls.length;
    scene.project.describe((text) => text.replace('timeout: 900', 'timeout: 9000'));
    watch.change('serverless.yml');
    await watch.quiet();
    await until('it is reported', () => running.output().includes('It did not succeed'));
    expect(running.output()).toContain('inputs.timeout must be 1 to 900');
    expect(scene.scf.calls.length).toBe(before);
    scene.project.describe((text) => text.replace('timeout: 900', 'timeout: 600'));
    watch.change('serverless.yml');
    await watch.quiet();
    await until('it is deployed', () => running.output().includes('timeout 900 s → 600 s'));
    await until('it waits', () =>
      running.output().trimEnd().endsWith('Waiting for changes; Ctrl-C ends it.'),
    );
    watch.end();
    expect(await running.ended).toBe(0);
  });
});

it('Changes of real files are noticed, in folders below as well.', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'watch test '));
  mkdirSync(path.join(root, 'src/app'), { recursive: true });
  writeFileSync(path.join(root, 'serverless.yml'), 'a');
  const end = new AbortController();
  const lines: string[] = [];
  let deployments = 0;
  const ended = watchAndDeploy({
    root,
    signal: end.signal,
    say: (line) => lines.push(line),
    deploy: () => Promise.resolve(deployments++ * 0),
  });
  await turn();
  writeFileSync(path.join(root, 'serverless.yml'), 'b');
  writeFileSync(path.join(root, 'src/app/app.ts'), 'b');
  await until('it is deployed again', () => deployments === 2);
  expect(lines).toContain('Changed: serverless.yml, src/app/app.ts. Deploying again.');
  end.abort();
  await ended;
  rmSync(root, { recursive: true });
});
