import http from 'node:http';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, send } from '../../helpers/http';
import { BOOTSTRAP } from '../../helpers/built-bundles';
import { startBundle } from '../../helpers/proxies';

let upstream: FakeUpstream;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());

const chat = (url: string) =>
  send(url, '/v1/chat/completions', { headers: OPENAI_HEADERS, body: '{"model":"m","messages":[]}' });

/** Requests that are held by the upstream until `end`, each with a descriptor for the client and one for the upstream. */
async function holdRequests(
  url: string,
  count: number,
): Promise<{ codes: (string | undefined)[]; end: () => void }> {
  const held: http.ServerResponse[] = [];
  upstream.respond((_request, response) => held.push(response));
  const requests: http.ClientRequest[] = [];
  const codes = await Promise.all(
    Array.from({ length: count }, () => {
      return new Promise<string | undefined>((resolve) => {
        const request = http.get(
          `${url}/v1/models`,
          { headers: OPENAI_HEADERS, agent: false },
          (response) => {
            resolve(
              `${response.statusCode} ${String(response.headers['x-proxy-error'])} ${String(response.headers['retry-after'])}`,
            );
            response.resume();
          },
        );
        request.on('error', () => resolve('not taken'));
        request.setTimeout(1_000, () => resolve(undefined));
        requests.push(request);
      });
    }),
  );
  return {
    codes,
    end() {
      for (const request of requests) request.on('error', () => undefined).destroy();
      for (const response of held) response.destroy();
    },
  };
}

describe('an instance without a free file descriptor', () => {
  it.each([
    ['the connection', '127.0.0.1'],
    ['the name lookup', 'localhost'],
  ])(
    'for %s responds with 503 and Retry-After, and serves normally once one is free',
    async (_what, host) => {
      const OPENAI_UPSTREAM = upstream.origin.replace('127.0.0.1', host);
      const bundle = await startBundle({ OPENAI_UPSTREAM }, [
        'bash',
        '-c',
        `ulimit -n 64; exec ${BOOTSTRAP}`,
      ]);
      const { codes, end } = await holdRequests(bundle.url, 120);
      expect(codes).toContain('503 too-many-connections 2');
      expect(new Set(codes.filter((code) => code !== undefined && code !== 'not taken'))).toEqual(
        new Set(['503 too-many-connections 2']),
      );
      end();
      upstream.respond((_request, response) => response.end('ok'));
      let status = 0;
      for (let tries = 0; tries < 500 && status !== 200; tries++) {
        status = await chat(bundle.url).then(
          (response) => response.status,
          () => 0,
        );
        if (status !== 200) await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(status).toBe(200);
      await bundle.stop();
    },
  );
});
