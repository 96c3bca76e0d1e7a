import http from 'node:http';
import { checkInstances } from '../../scripts/doctor/instances';
import { examine } from '../../scripts/doctor/examine';
import type { Finding } from '../../scripts/doctor/result';
import type { Target } from '../../scripts/doctor/target';
import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { closeAll, listenOnLoopback } from '../../scripts/shared/loopback';
import { startProxy, type RunningProxy } from '../helpers/proxies';
import { Scene, urlIn } from '../scripts/deploy/scene';

const ADMIN = 'admin-of-the-doctor-0123456789';
const TOKEN = 'token-of-the-doctor-0123456789';

const targetOf = (base: string, more: Partial<Target> = {}): Target => ({
  base,
  token: undefined,
  adminToken: ADMIN,
  model: undefined,
  ...more,
});

/** How many streams each instance holds, as the report lists them. */
const countsIn = ({ detail }: Finding) => (/: ([\d +]+)$/.exec(detail)?.[1] ?? '').split(' + ').map(Number);

describe('against a local SCF, which starts an instance for every three requests', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.start();
    scene.project.environment['ADMIN_TOKEN'] = ADMIN;
    scene.project.describe((text) => text.replace(/maxConcurrency: \d+/, 'maxConcurrency: 3'));
  });
  afterAll(() => scene.stop());

  it('the doctor opens as many streams as it should, and counts the instances that hold them', async () => {
    const { output } = await scene.deploy();
    const finding = await checkInstances(targetOf(urlIn(output)), 8);
    expect(finding).toEqual({
      verdict: 'ok',
      detail: '8 streams were open at once, in 3 instances: 3 + 3 + 2',
    });
    expect(scene.scf.instances('scf-llm-proxy')).toBe(3);
  });
});

describe('against one instance', () => {
  let upstream: FakeUpstream;
  let proxy: RunningProxy;
  beforeAll(async () => {
    upstream = await startFakeUpstream();
    proxy = await startProxy(upstream, { ADMIN_TOKEN: ADMIN, ACCESS_TOKENS: `me:${TOKEN}` });
  });
  afterAll(async () => {
    await proxy.stop();
    await upstream.close();
  });

  it('one hundred streams of the operator are one instance, and the next one is refused', async () => {
    const full = await checkInstances(targetOf(proxy.url), 100);
    expect([full.verdict, ...countsIn(full)]).toEqual(['ok', 100]);
    const over = await checkInstances(targetOf(proxy.url), 101);
    expect(over.verdict).toBe('fail');
    expect(over.detail).toMatch(/beside 100 open ones: the proxy responded 503 selftest-busy/);
  });

  it('a token of a client instead of the admin token opens eight', async () => {
    const { verdict, detail } = await checkInstances(targetOf(proxy.url, { adminToken: TOKEN }), 9);
    expect([verdict, detail]).toEqual(['fail', expect.stringMatching(/beside 8 open ones.*503/)]);
  });

  it('is not part of an examination that does not ask for it, and is skipped without the admin token', async () => {
    const namesOf = async (target: Target) => {
      const found: string[] = [];
      for await (const { name, verdict } of examine(target)) found.push(`${name} ${verdict}`);
      return found;
    };
    expect((await namesOf(targetOf(proxy.url))).join()).not.toContain('instances');
    const asked = await namesOf(targetOf(proxy.url, { token: TOKEN, adminToken: undefined, streams: 2 }));
    expect(asked.at(-1)).toBe('instances skipped');
  });
});

async function serving(events: http.RequestListener): Promise<{ base: string; close: () => Promise<void> }> {
  const server = http.createServer(events);
  const port = await listenOnLoopback(server);
  return { base: `http://127.0.0.1:${port}`, close: () => closeAll(server) };
}

it('a proxy of an older version, which does not name its instance, is to be deployed again', async () => {
  const server = await serving((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"sent_at_ms":1}\n\n');
  });
  try {
    const { verdict, remedy } = await checkInstances(targetOf(server.base), 2);
    expect([verdict, remedy]).toEqual(['fail', 'Deploy this version: npm run deploy.']);
  } finally {
    await server.close();
  }
});

it('a stream that has ended before the last one was opened is not counted as open', async () => {
  const server = await serving((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end('data: {"instance":"one"}\n\n');
  });
  try {
    const { verdict, detail } = await checkInstances(targetOf(server.base), 12);
    expect(verdict).toBe('warn');
    expect(detail).toMatch(/more had ended before the last one was opened/);
  } finally {
    await server.close();
  }
});
