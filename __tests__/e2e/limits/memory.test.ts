import http from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { OPENAI_HEADERS, until } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

/** An upstream that reads a request without keeping it, begins to stream, and goes silent. */
async function startSilent() {
  const server = http.createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** Bytes outside V8's heap, after everything that nobody holds was collected. */
async function heldBytes(): Promise<number> {
  for (let pass = 0; pass < 4; pass++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().arrayBuffers;
}

const STREAMS = 16;
const BYTES = 1_000_000;

function open(proxy: RunningProxy, path: string, headers: http.OutgoingHttpHeaders, body: Buffer) {
  const request = http.request(proxy.url + path, { method: 'POST', agent: false, headers });
  const begun = new Promise<http.ClientRequest>((resolve, reject) => {
    request.on('response', (response) => {
      response.on('error', () => undefined).once('data', () => resolve(request));
    });
    request.on('error', reject);
  });
  request.end(body);
  return begun;
}

describe('a request of a megabyte is released once its response streams', () => {
  const chat = Buffer.from(`{"model":"m","stream":true,"messages":["${'x'.repeat(BYTES)}"]}`);
  const upload = Buffer.alloc(BYTES, 'x');
  const pool = { OPENAI_API_KEYS: 'sk-one-0123456789,sk-two-0123456789', ALLOW_ANONYMOUS: 'true' };
  const octets = { 'content-type': 'application/octet-stream' };

  it.each([
    ['a chat with a client’s key', {}, '/v1/chat/completions', OPENAI_HEADERS, chat],
    [
      'a chat with keys of a pool',
      pool,
      '/v1/chat/completions',
      { 'content-type': 'application/json' },
      chat,
    ],
    ['an upload with keys of a pool', pool, '/v1/files', octets, upload],
  ])('%s', async (_what, environment, path, headers, body) => {
    const upstream = await startSilent();
    const proxy = await startProxy(upstream, environment);
    const before = await heldBytes();
    const requests = await Promise.all(
      Array.from({ length: STREAMS }, () => open(proxy, path, headers, body)),
    );
    expect((await heldBytes()) - before).toBeLessThan((STREAMS * BYTES) / 4);
    for (const request of requests) request.destroy();
    await until('all are over', () => proxy.log.length === STREAMS);
    await proxy.stop();
    upstream.close();
  });
});
