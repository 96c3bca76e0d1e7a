import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { startFront } from '../../helpers/front';
import { OPENAI_HEADERS, send, until } from '../../helpers/http';
import { startBundle, startProxy } from '../../helpers/proxies';

let upstream: FakeUpstream;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());

const HOST = 'proxy.example';
const TOKEN = 'token-0123456789abcdef';

/** The base URL that the page at `/` shows. */
async function shownBase(url: string, path: string, headers: Record<string, string> = {}): Promise<string> {
  const { body } = await send(url, path, { headers: { host: HOST, ...headers } });
  return /<span data-base>([^<]*)<\/span>\/v1</.exec(body.toString())?.[1] ?? '';
}

describe('behind a server that has the proxy at a path', () => {
  it.each([
    ['/llm', `https://${HOST}/llm`],
    ['/outer, /inner', `https://${HOST}/outer/inner`],
    ['/llm/', `https://${HOST}/llm`],
    ['/', `https://${HOST}`],
    ['', `https://${HOST}`],
    ['//evil.example', `https://${HOST}`],
    ['/a/../b', `https://${HOST}`],
    ['https://evil.example', `https://${HOST}`],
    ['/"><script>', `https://${HOST}`],
    [`/${'a'.repeat(300)}`, `https://${HOST}`],
  ])('with X-Forwarded-Prefix %j the page shows %s', async (prefix, base) => {
    const proxy = await startProxy(upstream);
    expect(await shownBase(proxy.url, '/', { 'x-forwarded-prefix': prefix })).toBe(base);
    await proxy.stop();
  });

  it.each([
    ['removes its path', '/'],
    ['leaves its path', '/llm/'],
    ['leaves its path without a slash', '/llm'],
    ['adds a stage', '/llm/release/'],
  ])('with PUBLIC_URL the page shows that address if it %s', async (_what, path) => {
    const proxy = await startProxy(upstream, { PUBLIC_URL: 'https://llm.example.com/llm/' });
    const stage = path.includes('release') ? '/release' : '';
    expect(await shownBase(proxy.url, path, { 'x-forwarded-prefix': '/other' })).toBe(
      `https://llm.example.com/llm${stage}`,
    );
    await proxy.stop();
  });

  it('requests are relayed whether their path has that of PUBLIC_URL or not, and no longer path is mistaken for it', async () => {
    const proxy = await startProxy(upstream, { PUBLIC_URL: 'https://llm.example.com/llm' });
    const before = upstream.seen.length;
    for (const path of ['/v1/models', '/llm/v1/models', '/llm/openai/v1/models?a=b', '/llmx/models']) {
      await send(proxy.url, path, { headers: OPENAI_HEADERS });
    }
    await proxy.stop();
    expect(upstream.seen.slice(before).map(({ url }) => url)).toEqual([
      '/v1/models',
      '/v1/models',
      '/v1/models?a=b',
      '/llmx/models',
    ]);
  });

  it.each([
    [
      'PUBLIC_URL',
      { PUBLIC_URL: 'https://llm.example.com/ai' },
      {},
      'https://llm.example.com/ai/openai/v1/next',
    ],
    ['X-Forwarded-Prefix', {}, { 'x-forwarded-prefix': '/ai' }, `https://${HOST}/ai/openai/v1/next`],
  ])('redirects of the provider lead through it, by %s', async (_what, environment, headers, location) => {
    const proxy = await startProxy(upstream, environment);
    const respond = upstream.currentResponder();
    upstream.respond((_request, response) => {
      response.writeHead(307, { location: `${upstream.origin}/v1/next` }).end();
    });
    const response = await send(proxy.url, '/openai/v1/models', {
      headers: { ...OPENAI_HEADERS, host: HOST, ...headers },
    });
    upstream.respond(respond);
    await proxy.stop();
    expect(response.headers.location).toBe(location);
  });

  it('upload addresses lead through it, with a grant that is valid below its path', async () => {
    const proxy = await startProxy(upstream, {
      PUBLIC_URL: 'https://llm.example.com/ai',
      ACCESS_TOKENS: TOKEN,
      GEMINI_API_KEYS: 'AIza-pool-0123456789',
    });
    const respond = upstream.currentResponder();
    upstream.respond((_request, response) => {
      const theirs = `${upstream.origin}/upload/v1beta/files?upload_id=${'a'.repeat(40)}&upload_protocol=resumable`;
      response.writeHead(200, { 'x-goog-upload-url': theirs }).end();
    });
    const begun = await send(proxy.url, '/upload/v1beta/files', {
      headers: { 'x-goog-api-key': TOKEN, 'content-type': 'application/json' },
      body: '{}',
    });
    const { origin, pathname, search } = new URL(String(begun.headers['x-goog-upload-url']));
    const continued = await send(proxy.url, pathname + search, { method: 'POST', body: 'bytes' });
    upstream.respond(respond);
    await proxy.stop();
    expect(origin + pathname).toBe('https://llm.example.com/ai/upload/v1beta/files');
    expect(continued.status).toBe(200);
  });
});

describe('HOST', () => {
  it('is where the bundle listens, and nowhere else', async () => {
    const bundle = await startBundle({ OPENAI_UPSTREAM: upstream.origin, HOST: '127.0.0.2' });
    const at = (address: string) => send(`http://${address}:${bundle.port}`, '/-/ready');
    expect((await at('127.0.0.2')).status).toBe(200);
    await expect(at('127.0.0.1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(bundle.log[0]).toMatchObject({ msg: 'listening', host: '127.0.0.2' });
    await bundle.stop();
  });

  it('that is no address of this machine stops the start, with the remedy', async () => {
    await expect(startBundle({ HOST: '192.0.2.1' })).rejects.toThrow(
      /Cannot listen on port 0 \(EADDRNOTAVAIL\)\. Set HOST to an address of this machine\./,
    );
  });

  it('has no effect on SCF, which calls the function from outside', async () => {
    const bundle = await startBundle({ TENCENTCLOUD_RUNENV: 'SCF', HOST: '127.0.0.2' });
    expect((await send(`http://127.0.0.1:${bundle.port}`, '/-/ready')).status).toBe(200);
    await bundle.stop();
  });
});

describe('SHUTDOWN_DELAY', () => {
  it('keeps the bundle accepting after SIGTERM, while /-/ready says that it stops', async () => {
    const bundle = await startBundle({ OPENAI_UPSTREAM: upstream.origin, SHUTDOWN_DELAY: '300000' });
    const front = await startFront(bundle.url);
    expect(JSON.parse((await send(front.url, '/-/ready')).body.toString())).toEqual({ status: 'ready' });
    bundle.process.kill('SIGTERM');
    await until('it stops', () => bundle.log.some((line) => line['msg'] === 'stopping'));
    const [ready, health, models] = [
      await send(front.url, '/-/ready'),
      await send(front.url, '/-/health'),
      await send(front.url, '/v1/models', { headers: OPENAI_HEADERS }),
    ];
    await front.close();
    expect([ready.status, health.status, models.status]).toEqual([503, 200, 200]);
    expect(JSON.parse(ready.body.toString())).toEqual({ status: 'stopping' });
    expect(bundle.log.find((line) => line['msg'] === 'stopping')).toMatchObject({ delay_ms: 300_000 });
    bundle.process.kill('SIGTERM'); // a second signal does not wait
    await bundle.exited;
  });

  it('ends, and the bundle then exits with 0', async () => {
    const bundle = await startBundle({ OPENAI_UPSTREAM: upstream.origin, SHUTDOWN_DELAY: '50' });
    bundle.process.kill('SIGTERM');
    expect(await bundle.exited).toBe(0);
  });

  it('has no effect on SCF, where nothing is sent to an instance that ends', async () => {
    const bundle = await startBundle({ TENCENTCLOUD_RUNENV: 'SCF', SHUTDOWN_DELAY: '300000' });
    bundle.process.kill('SIGTERM');
    expect(await bundle.exited).toBe(0);
  });
});
