import http, { type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { smokeTest } from '../../../scripts/deploy/smoke-test';

const DEPLOYED = { version: '0.2.0', commit: 'abcdef012345' };
const PACE = { attempts: 3, pauseMs: 1 };
let server: Server;
let responses: object[];
let requests: number;

beforeEach(async () => {
  requests = 0;
  server = http.createServer((_request, response) => {
    const body = responses[Math.min(requests++, responses.length - 1)];
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const health = (release: object) => ({ status: 'ok', region: 'ap-singapore', ...release });

it('The smoke test waits until the deployed commit responds: an old instance may still do so.', async () => {
  responses = [health({ ...DEPLOYED, commit: '000000000000' }), health(DEPLOYED)];
  expect(await smokeTest(url(), DEPLOYED, PACE)).toEqual(health(DEPLOYED));
  expect(requests).toBe(2);
});

it.each([
  ['another commit', { version: '0.2.0', commit: '000000000000' }, 'version 0.2.0 (commit 000000000000)'],
  ['another version', { version: '0.1.9', commit: DEPLOYED.commit }, 'version 0.1.9 (commit abcdef012345)'],
  ['a version that reports no commit', { version: '0.1.0' }, 'version 0.1.0 (commit unknown)'],
])('The smoke test fails if %s responds every time, and names both.', async (_what, release, described) => {
  responses = [health(release)];
  expect(await smokeTest(url(), DEPLOYED, PACE)).toBe(
    `it responds with ${described}, but version 0.2.0 (commit abcdef012345) was deployed`,
  );
  expect(requests).toBe(PACE.attempts);
});

it('The smoke test accepts a build without a known commit only from a build without one.', async () => {
  const unknown = { version: '0.2.0', commit: 'unknown' };
  responses = [health(unknown)];
  expect(await smokeTest(url(), unknown, PACE)).toEqual(health(unknown));
  expect(await smokeTest(url(), DEPLOYED, PACE)).toMatch(/commit unknown/);
});
