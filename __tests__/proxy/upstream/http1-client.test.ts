import { Socket } from 'node:net';
import { OPENAI_HEADERS, send, until } from '../../helpers/http';
import { startProxy } from '../../helpers/proxies';
import { startRawUpstream } from '../../helpers/raw-upstream';

afterEach(() => jest.restoreAllMocks());

describe('Over HTTP/1.1', () => {
  it('a provider that vanishes before it responds is a reset, not a failed connection: another key is not tried', async () => {
    const upstream = await startRawUpstream();
    upstream.respond({ bytes: '', then: 'keep' });
    const proxy = await startProxy(upstream, {
      OPENAI_API_KEYS: 'sk-planted-1-0123456789,sk-planted-2-0123456789',
      ALLOW_ANONYMOUS: 'true',
    });
    const opened = jest.spyOn(Socket.prototype, 'setKeepAlive');
    const reply = send(proxy.url, '/v1/chat/completions', { body: '{}' });
    await until('the request has arrived', () => upstream.requests() === 1);
    // What TCP says once its keep-alive probes, or what it sends again and again, get no response.
    const socket = opened.mock.contexts[0] as Socket;
    socket.destroy(Object.assign(new Error('read ETIMEDOUT'), { code: 'ETIMEDOUT' }));
    const { status, headers } = await reply;
    await proxy.stop();
    await upstream.close();
    expect([status, headers['x-proxy-error']]).toEqual([502, 'upstream-reset']);
    expect(upstream.requests()).toBe(1);
  });

  it('a header that matters arrives after thousands that do not', async () => {
    const upstream = await startRawUpstream();
    const many = Array.from({ length: 3_000 }, (_, at) => `x-${at}: ${at}\r\n`).join('');
    const bytes = `HTTP/1.1 200 OK\r\n${many}x-request-id: req_1\r\nContent-Length: 2\r\n\r\n{}`;
    upstream.respond({ bytes, then: 'keep' });
    const proxy = await startProxy(upstream);
    const { headers } = await send(proxy.url, '/v1/models', { headers: OPENAI_HEADERS });
    await proxy.stop();
    await upstream.close();
    expect(headers).toMatchObject({ 'x-request-id': 'req_1', 'content-length': '2' });
  });
});
