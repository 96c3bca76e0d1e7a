import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { send, until } from '../helpers/http';
import { startProxy, type RunningProxy } from '../helpers/proxies';

const ADMIN = 'admin-0123456789abcdef';
const MUM = 'mum-0123456789abcdef';
const MODELS = ['gpt-5-mini', 'odd "quoted" \\ name', 'línea\nbreak', '', '模型', '{le="1"}'];

let upstream: FakeUpstream;
let proxy: RunningProxy;
beforeAll(async () => {
  upstream = await startFakeUpstream();
  proxy = await startProxy(upstream, {
    OPENAI_API_KEYS: 'sk-proj-9f8e7d6c5b4a3210fedc@5usd/month',
    ACCESS_TOKENS: `mum:${MUM}`,
    ADMIN_TOKEN: ADMIN,
    PRICES: '*=1/2',
  });
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});

function promtool(text: string) {
  const { error, status, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  if (error) throw error; // "apt-get install prometheus" has it
  return { status, stderr };
}

async function page(): Promise<string> {
  const { body } = await send(proxy.url, '/-/metrics', { headers: { authorization: `Bearer ${ADMIN}` } });
  return body.toString();
}

it('Prometheus’s own parser and linter accept the metrics of a proxy that has just started.', async () => {
  expect(promtool(await page())).toEqual({ status: 0, stderr: '' });
});

it('Prometheus’s own parser and linter accept the metrics of chats with odd models, errors and streams.', async () => {
  for (const model of MODELS)
    for (const stream of [true, false])
      for (const token of [MUM, 'wrong-0123456789abcdef']) {
        const before = proxy.log.length;
        await send(proxy.url, '/v1/chat/completions', {
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
          body: JSON.stringify({ model, stream, messages: [] }),
        });
        await until('it is logged', () => proxy.log.length > before);
      }
  const text = await page();
  expect(text).toContain('模型');
  expect(promtool(text)).toEqual({ status: 0, stderr: '' });
});

it('Prometheus’s own parser rejects a page that is broken, so that this test can fail.', async () => {
  expect(promtool((await page()).replace('proxy_open_streams 0', 'proxy_open_streams')).status).not.toBe(0);
});

it('Prometheus’s own parser accepts each query of the dashboard.', () => {
  const file = path.resolve(__dirname, '../../docs/grafana/scf-llm-proxy.json');
  const { panels } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
  };
  const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const rules = queries.map((expr, at) => ({
    record: `query:of_panel:${at}`,
    expr: expr.replaceAll('$__rate_interval', '5m'),
  }));
  const folder = mkdtempSync(path.join(tmpdir(), 'promtool-'));
  const rulesFile = path.join(folder, 'rules.json');
  writeFileSync(rulesFile, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', rulesFile], {
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(`${queries.length} rules found`);
});
