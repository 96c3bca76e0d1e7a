import { spawn, type ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, send } from '../../helpers/http';
import { BOOTSTRAP } from '../../helpers/built-bundles';

let upstream: FakeUpstream;
let child: ChildProcess | undefined;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  upstream.respond((_request, response) => response.end('ok'));
});
afterEach(() => child?.kill('SIGKILL'));
afterAll(() => upstream.close());

/** A path of 7,000 segments, whose template in the log has 14 KB: a pipe is full after a few. */
const LONG_PATH = `/v1${'/a'.repeat(7_000)}`;
const SHUTDOWN_GRACE_MS = 500;

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startWith(stdout: 'pipe' | number): Promise<string> {
  const port = await freePort();
  child = spawn(BOOTSTRAP, {
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      OPENAI_UPSTREAM: upstream.origin,
      SHUTDOWN_GRACE: String(SHUTDOWN_GRACE_MS),
    },
    stdio: ['ignore', stdout, 'ignore'],
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 1_000; tries++) {
    const opened = await send(url, '/-/health').catch(() => undefined);
    if (opened) return url;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('The bundle did not start.');
}

describe.each([
  ['a pipe that nobody reads', () => 'pipe' as const],
  ['a disk that is full', () => openSync('/dev/full', 'w')],
])('a log on %s', (_what, stdout) => {
  it('fails no request, and does not keep the process running after SIGTERM', async () => {
    const url = await startWith(stdout());
    const agent = new http.Agent({ keepAlive: true });
    for (let request = 0; request < 60; request++) {
      const { status } = await send(url, LONG_PATH, { headers: OPENAI_HEADERS, agent });
      expect(status).toBe(200);
    }
    agent.destroy();
    const exited = new Promise<number | null>((resolve) => child?.once('exit', resolve));
    child?.kill('SIGTERM');
    expect(await exited).toBe(0);
  });
});
