import { OPENAI_HEADERS, send } from '../../helpers/http';
import { startProxy } from '../../helpers/proxies';
import { startRawUpstream, type RawResponse } from '../../helpers/raw-upstream';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n';

async function ask(response: RawResponse, environment: Record<string, string> = {}, method = 'POST') {
  const upstream = await startRawUpstream();
  upstream.respond(response);
  const proxy = await startProxy(upstream, environment);
  const reply = await send(proxy.url, '/v1/chat/completions', {
    method,
    headers: OPENAI_HEADERS,
    ...(method === 'POST' ? { body: '{"model":"m","messages":[]}' } : {}),
  });
  await proxy.stop();
  await upstream.close();
  const log = proxy.log.find(({ msg }) => msg === 'request');
  return { ...reply, log };
}

describe('a response with a length that fails behind its head', () => {
  it.each<[string, RawResponse['then'], Record<string, string>, number, string]>([
    ['the connection is closed', 'end', {}, 502, 'upstream-cut'],
    ['the connection is reset', 'reset', {}, 502, 'upstream-cut'],
    ['nothing more comes', 'keep', { IDLE_TIMEOUT: '100' }, 504, 'idle-timeout'],
  ])(
    'becomes an error response while none of its bytes were sent: %s',
    async (_what, then, environment, status, code) => {
      const reply = await ask({ bytes: `${HEAD}\r\n`, then }, environment);
      expect([reply.status, reply.headers['x-proxy-error'], reply.complete]).toEqual([status, code, true]);
      expect(JSON.parse(reply.body.toString())).toMatchObject({ error: { code, type: 'server_error' } });
      expect(reply.log).toMatchObject({ status, outcome: code });
    },
  );

  it('is cut once a byte of it was sent', async () => {
    const reply = await ask({ bytes: `${HEAD}\r\n{`, then: 'end' });
    expect([reply.status, reply.complete, reply.body.toString()]).toEqual([200, false, '{']);
    expect(reply.headers['x-proxy-error']).toBeUndefined();
    expect(reply.log).toMatchObject({ status: 200, outcome: 'upstream-cut' });
  });

  it('becomes an error response as well if its head cannot be passed on', async () => {
    const reply = await ask({ bytes: `${HEAD.replace('200 OK', '200 O\x01K')}\r\n{}{}{}{}{}`, then: 'keep' });
    expect([reply.status, reply.headers['x-proxy-error'], reply.complete]).toEqual([
      502,
      'upstream-invalid',
      true,
    ]);
    expect(reply.log).toMatchObject({ status: 502, outcome: 'upstream-invalid' });
  });

  it('has none of that in store if it has no body', async () => {
    const reply = await ask({ bytes: `${HEAD.replace('10', '0')}\r\n`, then: 'keep' });
    expect([reply.status, reply.complete, reply.headers['content-length']]).toEqual([200, true, '0']);
    const head = await ask({ bytes: `${HEAD}\r\n`, then: 'keep' }, {}, 'HEAD');
    expect([head.status, head.headers['content-length']]).toEqual([200, '10']);
  });
});
