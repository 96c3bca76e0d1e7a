import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildBinary } from '../../scripts/binary/binary';
import { SIMULATED_TEXT } from '../../scripts/fakes/simulated-replies';
import { startFakeUpstream } from '../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, send } from '../helpers/http';
import { startBundle } from '../helpers/proxies';

const folder = mkdtempSync(path.join(tmpdir(), 'binary-test-'));
const file = path.join(folder, 'proxy');

afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('is one executable file that responds, streams, and exits with 0 on SIGTERM, with the licences beside it', async () => {
  const built = await buildBinary(file, path.join(folder, 'no-config'));
  expect(built.bytes).toBe(statSync(file).size);
  expect(statSync(file).mode & 0o777).toBe(0o755);
  const licenses = readFileSync(`${file}-THIRD-PARTY-LICENSES`, 'utf8');
  for (const title of ['express ', 'ioredis ', `Node.js ${process.version}\n`]) {
    expect(licenses).toContain(`\n${title}`);
  }

  const upstream = await startFakeUpstream();
  // No PATH: no Node but its own.
  const proxy = await startBundle({ OPENAI_UPSTREAM: upstream.origin, PATH: '' }, [file]);
  const health = await send(proxy.url, '/-/health');
  const stream = await send(proxy.url, '/v1/chat/completions', {
    headers: OPENAI_HEADERS,
    body: '{"model":"m","stream":true,"messages":[]}',
  });
  proxy.process.kill('SIGTERM');
  const code = await proxy.exited;
  await upstream.close();

  expect(JSON.parse(health.body.toString())).toMatchObject({ status: 'ok' });
  expect(stream.headers['content-type']).toMatch(/^text\/event-stream/);
  const text = stream.body
    .toString()
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice(6)) as { choices: { delta: { content?: string } }[] })
    .map(({ choices }) => choices[0]?.delta.content ?? '')
    .join('');
  expect(text).toBe(SIMULATED_TEXT);
  expect([code, proxy.stderr()]).toEqual([0, '']);
}, 120_000);
