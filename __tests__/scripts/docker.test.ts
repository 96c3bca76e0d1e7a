import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { readConfig } from '../../src/config/read-config';
import { startFakeUpstream } from '../../scripts/fakes/fake-upstream';
import { startProxy } from '../helpers/proxies';

/** The container files as texts: there need not be a Docker engine where the tests run. */

const ROOT = path.resolve(__dirname, '../..');
const read = (name: string) => readFileSync(path.join(ROOT, name), 'utf8');
const port = String(readConfig({}).port);

interface Instruction {
  readonly name: string;
  readonly argument: string;
}

/** The stages of a Dockerfile, each as its instructions from FROM on. */
function stagesOf(text: string): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const line of text.replace(/\\\n\s*/g, '').split('\n')) {
    const [, name, argument] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    if (name === undefined || argument === undefined) continue;
    if (name === 'FROM') stages.push([]);
    stages[stages.length - 1]?.push({ name, argument });
  }
  return stages;
}

const stages = stagesOf(read('Dockerfile'));
const [build = [], final = []] = stages;
const argumentsOf = (stage: Instruction[], wanted: string) =>
  stage.filter(({ name }) => name === wanted).map(({ argument }) => argument);

describe('Dockerfile', () => {
  it('has two stages, of a Node that this project runs on, and each line is an instruction or a comment', () => {
    expect(stages).toHaveLength(2);
    for (const from of stages.flatMap((stage) => argumentsOf(stage, 'FROM'))) {
      expect(from).toMatch(/^node:(?:20|22|24)-alpine\b/);
    }
    const lines = read('Dockerfile')
      .replace(/\\\n\s*/g, '')
      .split('\n');
    for (const line of lines) expect(line).toMatch(/^(?:|#.*|[A-Z]+ \S.*)$/);
  });

  it('copies only what exists and what .dockerignore permits', () => {
    const sources = argumentsOf(build, 'COPY').flatMap((argument) => argument.split(' ').slice(0, -1));
    expect(sources).toEqual(expect.arrayContaining(['package.json', 'package-lock.json', 'src', 'scripts']));
    const ignore = read('.dockerignore').split('\n');
    expect(ignore).toContain('*');
    for (const source of sources) {
      expect(existsSync(path.join(ROOT, source))).toBe(true);
      expect(ignore).toContain(`!${source}`);
    }
  });

  it('copies all that the build needs', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'docker-build-'));
    const sources = argumentsOf(build, 'COPY').flatMap((argument) => argument.split(' ').slice(0, -1));
    for (const source of sources) {
      cpSync(path.join(ROOT, source), path.join(folder, source), {
        recursive: true,
        filter: (file) => !file.includes('node_modules'),
      });
    }
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
    const run = spawnSync('npm', ['run', '--silent', 'build'], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect([run.status, run.stderr]).toEqual([0, '']);
    expect(existsSync(path.join(folder, 'dist/scf/start.js'))).toBe(true);
    rmSync(folder, { recursive: true });
  }, 90_000);

  it('excludes every place that may contain keys from the build', () => {
    const ignore = read('.dockerignore').split('\n');
    expect(ignore).toContain('**/.env*');
    expect(ignore.filter((line) => /^!.*(?:config|\.env|\.git)/.test(line))).toEqual(['!tsconfig.json']);
  });

  it('takes the bundle that the build makes, and runs node on it without a shell between', () => {
    expect(argumentsOf(build, 'RUN')).toEqual(['npm ci --no-audit --no-fund', 'npm run build']);
    expect(argumentsOf(final, 'COPY')).toEqual(['--from=build /build/dist/scf ./']);
    expect(argumentsOf(final, 'CMD').map((command) => JSON.parse(command) as unknown)).toEqual([
      ['node', 'start.js'],
    ]);
    expect(argumentsOf(final, 'RUN')).toEqual([]);
  });

  it('takes the commit as an argument of the build, since no history gets into it', () => {
    expect(argumentsOf(build, 'ARG')).toEqual(['SOURCE_COMMIT=']);
    const names = build.map(({ name, argument }) => `${name} ${argument}`);
    expect(names.indexOf('ARG SOURCE_COMMIT=')).toBe(names.indexOf('RUN npm run build') - 1);
  });

  it('is not run by root', () => {
    expect(argumentsOf(final, 'USER')).toEqual(['node']);
    expect(final.findIndex(({ name }) => name === 'USER')).toBeLessThan(
      final.findIndex(({ name }) => name === 'CMD'),
    );
  });

  it('listens on PORT’s default', () => {
    expect(argumentsOf(final, 'EXPOSE')).toEqual([port]);
    expect(argumentsOf(final, 'ENV').join(' ').split(' ')).toContain(`PORT=${port}`);
  });

  it('has a health check that passes at a proxy and fails without one', async () => {
    const [, command = '[]'] = (argumentsOf(final, 'HEALTHCHECK')[0] ?? '').split(' CMD ');
    const [node, ...args] = JSON.parse(command) as string[];
    expect(node).toBe('node');
    const upstream = await startFakeUpstream();
    const proxy = await startProxy(upstream);
    const check = () =>
      new Promise<number | null>((resolve) => {
        // Not spawnSync: the proxy is in this process.
        const child = spawn(process.execPath, args, { env: { PORT: String(proxy.port) }, stdio: 'ignore' });
        child.once('close', resolve);
      });
    expect(await check()).toBe(0);
    await proxy.stop();
    expect(await check()).toBe(1);
    await upstream.close();
  });
});

interface Compose {
  readonly services: Readonly<Record<'proxy' | 'nginx', Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}
interface Service {
  readonly build?: { readonly context: string; readonly args: Readonly<Record<string, string>> };
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly env_file?: readonly { readonly path: string; readonly required: boolean }[];
  readonly ports: readonly string[];
  readonly stop_grace_period?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly volumes?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

describe('docker-compose.yml', () => {
  const { services, volumes, configs } = parse(read('docker-compose.yml')) as Compose;
  const { proxy, nginx } = services;

  it('builds the proxy, and publishes its port to this machine only', () => {
    expect(existsSync(path.join(ROOT, proxy.build?.context ?? '?', 'Dockerfile'))).toBe(true);
    expect(proxy.environment).toEqual({ PORT: port });
    expect(proxy.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(proxy.profiles).toBeUndefined();
  });

  it('passes the commit on to the build, and an empty one if none is given', () => {
    const [name = '?'] = (argumentsOf(build, 'ARG')[0] ?? '').split('=');
    expect(name).toBe('SOURCE_COMMIT');
    expect(proxy.build?.args).toEqual({ [name]: `\${${name}:-}` });
  });

  it('starts without a .env, which git ignores', () => {
    expect(proxy.env_file).toEqual([{ path: '.env', required: false }]);
    expect(read('.gitignore').split('\n')).toContain('.env');
  });

  it('gives running responses more time to end than the proxy takes', () => {
    const seconds = Number(/^(\d+)s$/.exec(proxy.stop_grace_period ?? '')?.[1]);
    expect(seconds * 1_000).toBeGreaterThan(readConfig({}).shutdownGraceMs + 1_000);
  });

  it('drops the privileges that the proxy does not need', () => {
    expect(proxy).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  });

  it('has Nginx Proxy Manager only on request, after the proxy is healthy, with a private administration page', () => {
    expect(nginx.profiles).toEqual(['nginx']);
    expect(nginx.depends_on).toEqual({ proxy: { condition: 'service_healthy' } });
    expect(nginx.ports.filter((one) => one.endsWith(':81'))).toEqual(['127.0.0.1:81:81']);
    for (const volume of nginx.volumes ?? []) expect(volumes).toHaveProperty(volume.split(':')[0] ?? '');
  });

  it('turns its buffering off', () => {
    const [config] = nginx.configs ?? [];
    expect(config?.target).toBe('/data/nginx/custom/server_proxy.conf');
    const lines = configs[config?.source ?? '']?.content.trim().split('\n') ?? [];
    for (const line of lines) expect(line).toMatch(/^(?:#.*|[a-z_]+ \S+;)$/);
    expect(lines).toEqual(
      expect.arrayContaining([
        'proxy_buffering off;',
        'proxy_request_buffering off;',
        'proxy_read_timeout 900s;',
      ]),
    );
  });
});
