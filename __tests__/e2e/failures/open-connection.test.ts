import type { Cell } from '../../../scripts/chaos/cell';
import { CA_FILE } from '../../../scripts/chaos/upstream/certificates';
import { startUpstream } from '../../../scripts/chaos/upstream/upstream';
import { TLS_WAYS } from '../../../scripts/chaos/ways/tls';
import { OPENAI_HEADERS, send } from '../../helpers/http';
import { withProxy } from '../../helpers/with-proxy';

const KEYS = 'sk-proj-aaaaaaaaaaaaaaaaaaaaaaaaaaaa1111,sk-proj-bbbbbbbbbbbbbbbbbbbbbbbbbbbb2222';

/** An upstream that reads the request and then sends a fatal TLS alert. */
async function startFailing() {
  const way = TLS_WAYS.find(({ name }) => name === 'sends a fatal TLS alert');
  if (!way) throw new Error('There is no such way any more.');
  const cell: Cell = { way, moment: 'head', transport: 'TLS', form: 'whole' };
  const upstream = await startUpstream(cell, { reached: () => Promise.resolve() }, '127.0.0.1');
  return {
    ...upstream,
    origin: `https://127.0.0.1:${upstream.port}`,
    close() {
      upstream.close();
      return Promise.resolve();
    },
  };
}

describe('a TLS connection that fails behind the request', () => {
  it('does not make the proxy send that again with another key, since it may have been processed', async () => {
    const environment = {
      OPENAI_API_KEYS: KEYS,
      ALLOW_ANONYMOUS: 'true',
      RETRY_UPSTREAM_ERRORS: 'true',
      NODE_EXTRA_CA_CERTS: CA_FILE,
    };
    await withProxy(startFailing, environment, async ({ proxy, upstream }) => {
      const { authorization: _key, ...headers } = OPENAI_HEADERS;
      const reply = await send(proxy.url, '/v1/chat/completions', { headers, body: '{"model":"m"}' });
      expect([reply.status, reply.headers['x-proxy-error']]).toEqual([502, 'upstream-reset']);
      expect(upstream.requests()).toBe(1);
    });
  });
});
