import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import type { Environment } from '../../src/config/effective-value';
import { logEntries } from './log-entries';

const LIMIT_MS = 20_000;
const MOST_RUNS = 6;
const TOKEN = 'warm-up-token-0123456789';

/**
 * Makes a bundle's code cache. The same bundle and the same Node give the same bytes: on a busy machine a run may do a little
 * more or less than others, so what counts is what two runs have made.
 * @param packaged the configuration inside the bundle; none of its addresses is called
 * @throws Error if the bundle does not start or respond
 */
export async function makeCodeCache(bundle: string, packaged: Environment): Promise<Buffer> {
  return madeTwice(() => makeOnce(bundle, packaged), MOST_RUNS);
}

/** The first result that comes a second time; the last one if none does. */
export async function madeTwice(make: () => Promise<Buffer>, mostRuns: number): Promise<Buffer> {
  const results: Buffer[] = [];
  for (;;) {
    const result = await make();
    if (results.some((earlier) => earlier.equals(result)) || results.length + 1 >= mostRuns) return result;
    results.push(result);
  }
}

/**
 * Starts the bundle, sends a chat and a stream through it to an upstream on this machine, and keeps what V8 compiled for
 * that.
 * @throws Error if the bundle does not start or respond
 */
async function makeOnce(bundle: string, packaged: Environment): Promise<Buffer> {
  const work = await mkdtemp(path.join(tmpdir(), 'scf-llm-proxy-warm-up-'));
  const upstream = http.createServer(respond).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const cache = path.join(work, 'cache');
  // Reproducible: V8 then takes random values, which end up in the cache, from a fixed seed.
  const child = spawn(process.execPath, ['--predictable', await warmUp(work), bundle, cache], {
    env: environment(upstream.address() as AddressInfo, packaged),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const tooLong = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  try {
    const { stdout, stderr } = child;
    if (!stdout || !stderr) throw new Error('The bundle has no output.');
    const complaints = text(stderr);
    const ended = once(child, 'exit');
    const entry = logEntries(stdout);
    const listens = await entry('listening');
    if (!listens?.port) throw new Error(`The bundle does not start: ${await complaints}`);
    for (const stream of [false, true]) {
      await chat(listens.port, stream);
      // The log line is the last step of a request: everything that it needs has been compiled by then.
      await entry('request');
    }
    child.send('write');
    await ended;
    return await readFile(cache);
  } finally {
    clearTimeout(tooLong);
    child.kill('SIGKILL');
    upstream.close();
    upstream.closeAllConnections();
    await rm(work, { recursive: true, force: true });
  }
}

/** The script as plain JavaScript: a TypeScript loader does not accept the flags. */
async function warmUp(folder: string): Promise<string> {
  const outfile = path.join(folder, 'warm-up.cjs');
  await build({
    entryPoints: [path.join(__dirname, 'warm-up.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'warning',
  });
  return outfile;
}

function environment({ port }: AddressInfo, packaged: Environment): Environment {
  return {
    PORT: '0',
    OPENAI_UPSTREAM: `http://127.0.0.1:${port}`,
    OPENAI_API_KEYS: 'warm-up-key-1-0123456789,warm-up-key-2-0123456789',
    ACCESS_TOKENS: `warm-up:${TOKEN}`,
    KEY_STRATEGY: 'affinity', // the one that runs more code
    EGRESS_GUARD: 'off',
    // What is for tokens by name would be a problem with another token.
    ...(packaged['TOKEN_LIMITS'] === undefined ? {} : { TOKEN_LIMITS: 'warm-up: rpm=1000' }),
    ...(packaged['REQUEST_RULES'] === undefined ? {} : { REQUEST_RULES: '[]' }),
    // The Redis of the packaged configuration must not be used: nothing listens at this address.
    ...(packaged['REDIS_URL'] === undefined ? {} : { REDIS_URL: 'redis://127.0.0.1:1' }),
  };
}

/** Through the provider's own segment, so that no route of the packaged configuration changes the provider. */
async function chat(port: number, stream: boolean): Promise<void> {
  const request = http.request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: '/openai/v1/chat/completions',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    agent: false,
  });
  const messages = [
    { role: 'system', content: 'Answer briefly.' },
    { role: 'user', content: 'Hello' },
  ];
  request.end(JSON.stringify({ model: 'm', stream, messages }));
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(`The bundle does not respond: ${body}`);
}

function respond(request: http.IncomingMessage, response: http.ServerResponse): void {
  void text(request).then((body) => {
    const { stream } = JSON.parse(body) as { stream: boolean };
    response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
    response.end(stream ? 'data: {"choices":[]}\n\ndata: [DONE]\n\n' : '{"choices":[]}');
  });
}
