import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startFakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { ANTHROPIC_HEADERS, OPENAI_HEADERS, send, until } from '../../helpers/http';
import { STREAM, overHttp2PerTest } from '../../helpers/over-http2';
import { startBundle, type RunningBundle } from '../../helpers/proxies';
import { TEST_CA_FILE } from '../../helpers/tls';
import { STALLED_BODY, startStalled } from '../../helpers/stalled-server';
import { SYN_SENT, onLinux, tcpTable } from '../../helpers/tcp-table';

/** In the bundle's process: `localhost` has two addresses, and the name server of `dead.test` never responds. */
const NAMES = `
  const dns = require('node:dns');
  const { lookup } = dns;
  // As libuv's pool of four threads.
  let free = 4;
  const waiting = [];
  const begin = () => {
    while (free > 0 && waiting.length > 0) {
      free--;
      waiting.shift()();
    }
  };
  dns.lookup = (name, options, done) => {
    if (name !== 'localhost' && name !== 'dead.test') return lookup(name, options, done);
    waiting.push(() => {
      if (name === 'dead.test') return;
      free++;
      const all = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
      process.nextTick(() => (options.all ? done(null, all) : done(null, all[0].address, 4)));
    });
    begin();
  };
`;

const folder = mkdtempSync(path.join(tmpdir(), 'scf-llm-proxy-names-'));
const preload = path.join(folder, 'names.cjs');
writeFileSync(preload, NAMES);
afterAll(() => rmSync(folder, { recursive: true }));

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(environment: Record<string, string>): Promise<RunningBundle> {
  const proxy = await startBundle({ NODE_OPTIONS: `--require ${preload}`, ...environment });
  closing.push(() => proxy.stop());
  return proxy;
}

const chat = (proxy: RunningBundle) =>
  send(proxy.url, '/v1/chat/completions', { headers: OPENAI_HEADERS, body: STREAM });

describe('a provider whose name has two addresses', () => {
  it.each<[string, string, Record<string, string>]>([
    ['HTTP/1.1', 'http:', {}],
    ['TLS', 'https:', { NODE_EXTRA_CA_CERTS: TEST_CA_FILE }],
    ['HTTP/2', 'https:', { NODE_EXTRA_CA_CERTS: TEST_CA_FILE, HTTP2_AFTER: '0' }],
  ])('is reached over %s though its handshake takes a second', async (_what, protocol, environment) => {
    const slow = await startStalled({ secure: protocol === 'https:' });
    closing.push(() => slow.stop());
    const proxy = await start({ OPENAI_UPSTREAM: `${protocol}//localhost:${slow.port}`, ...environment });
    setTimeout(() => slow.goOn(), 600);
    const reply = await chat(proxy);
    expect([reply.status, reply.body.toString()]).toEqual([200, STALLED_BODY]);
  });

  it('is reached by its egress check though its handshake takes a second', async () => {
    const slow = await startStalled();
    closing.push(() => slow.stop());
    const proxy = await start({ OPENAI_UPSTREAM: `http://localhost:${slow.port}` });
    setTimeout(() => slow.goOn(), 600);
    const { body } = await send(proxy.url, '/-/egress');
    expect(body.toString()).toContain('The trace names no country.'); // it responded, although not with a trace
  });

  it('is reached at the second if the first does not respond', async () => {
    const first = await startStalled();
    closing.push(() => first.stop());
    const second = await startStalled({ host: '127.0.0.2', port: first.port });
    closing.push(() => second.stop());
    second.goOn();
    const proxy = await start({ OPENAI_UPSTREAM: `http://localhost:${first.port}` });
    expect((await chat(proxy)).body.toString()).toBe(STALLED_BODY);
  });

  it('of which neither responds is a 504 after CONNECT_TIMEOUT', async () => {
    const first = await startStalled();
    closing.push(() => first.stop());
    const second = await startStalled({ host: '127.0.0.2', port: first.port });
    closing.push(() => second.stop());
    const proxy = await start({
      OPENAI_UPSTREAM: `http://localhost:${first.port}`,
      CONNECT_TIMEOUT: '700',
    });
    const began = performance.now();
    const reply = await chat(proxy);
    expect([reply.status, reply.headers['x-proxy-error']]).toEqual([504, 'connect-timeout']);
    expect(performance.now() - began).toBeGreaterThanOrEqual(699);
  });

  it('that both refuse the connection is a 502 at once', async () => {
    const probe = net.createServer().listen(0, '127.0.0.3');
    await once(probe, 'listening');
    closing.push(() => probe.close());
    const proxy = await start({
      OPENAI_UPSTREAM: `http://localhost:${(probe.address() as AddressInfo).port}`,
      CONNECT_TIMEOUT: '60000',
    });
    const reply = await chat(proxy);
    expect([reply.status, reply.headers['x-proxy-error']]).toEqual([502, 'upstream-unreachable']);
  });

  it('whose TLS handshake never ends is a 504 after CONNECT_TIMEOUT', async () => {
    const silent = net.createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    closing.push(() => silent.close());
    const proxy = await start({
      OPENAI_UPSTREAM: `https://localhost:${(silent.address() as AddressInfo).port}`,
      CONNECT_TIMEOUT: '300',
    });
    const reply = await chat(proxy);
    expect([reply.status, reply.headers['x-proxy-error']]).toEqual([504, 'connect-timeout']);
  });
});

describe('a connection that is still being made', () => {
  onLinux('is ended when the client that it is for has left', async () => {
    const stalled = await startStalled();
    closing.push(() => stalled.stop());
    const handshakes = () =>
      tcpTable().filter(({ remotePort, state }) => remotePort === stalled.port && state === SYN_SENT).length;
    const others = handshakes();
    const proxy = await start({
      OPENAI_UPSTREAM: `http://127.0.0.1:${stalled.port}`,
      CONNECT_TIMEOUT: '60000',
    });
    const agent = new http.Agent();
    const left = send(proxy.url, '/v1/models', { headers: OPENAI_HEADERS, agent });
    await until('the handshake has begun', () => handshakes() === others + 1);
    for (const socket of Object.values(agent.sockets).flat()) socket?.destroy();
    await expect(left).rejects.toMatchObject({ code: 'ECONNRESET' });
    await until('it is ended', () => handshakes() === others);
  });
});

describe('a connection over TLS that is still being made', () => {
  const overHttp2 = overHttp2PerTest();

  it('counts as busy, so that another stream uses HTTP/2', async () => {
    const over = await overHttp2({ HTTP2_AFTER: '1' });
    const both: http.ServerResponse[] = [];
    over.upstream.respond((_request, response) => {
      both.push(response);
      if (both.length === 2) for (const one of both) one.end('data: [DONE]\n\n');
    });
    await Promise.all([over.chat(), over.chat()]);
    expect(over.protocols().sort()).toEqual(['1.1', 'h2']);
  });
});

describe('a provider whose name servers do not respond', () => {
  it('delays no other provider, however many requests wait for it', async () => {
    const upstream = await startFakeUpstream();
    closing.push(() => upstream.close());
    const { port } = new URL(upstream.origin);
    const proxy = await start({
      OPENAI_UPSTREAM: `http://localhost:${port}`,
      ANTHROPIC_UPSTREAM: 'http://dead.test',
      CONNECT_TIMEOUT: '2000',
    });
    const body = '{"model":"m","max_tokens":1,"messages":[]}';
    const dead = Array.from({ length: 20 }, () =>
      send(proxy.url, '/v1/messages', { headers: ANTHROPIC_HEADERS, body }),
    );
    let ended = 0;
    for (const reply of dead) void reply.then(() => ended++);
    await send(proxy.url, '/-/health'); // they have been read by then
    expect((await chat(proxy)).status).toBe(200);
    expect(ended).toBe(0);
    const replies = await Promise.all(dead);
    expect(new Set(replies.map(({ headers }) => headers['x-proxy-error']))).toEqual(
      new Set(['connect-timeout']),
    );
  });

  const threads = async (environment: Record<string, string>) => {
    const upstream = await startFakeUpstream();
    const { port } = new URL(upstream.origin);
    // No preload: the real lookup starts the pool.
    const proxy = await startBundle({ OPENAI_UPSTREAM: `http://localhost:${port}`, ...environment });
    await chat(proxy);
    const count = readdirSync(`/proc/${String(proxy.process.pid)}/task`).length;
    await proxy.stop();
    await upstream.close();
    return count;
  };

  it('leaves enough threads for other names, unless the environment sets their number', async () => {
    expect((await threads({})) - (await threads({ UV_THREADPOOL_SIZE: '4' }))).toBe(28);
  });
});
