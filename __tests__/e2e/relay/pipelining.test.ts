import type { ServerResponse } from 'node:http';
import { startFakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { sendRaw, until } from '../../helpers/http';
import { startProxy } from '../../helpers/proxies';

const request = (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk-test-client-key\r\n\r\n`;

describe('two requests that a client sends on one connection without waiting', () => {
  it.each([
    ['an event stream', { 'content-type': 'text/event-stream' }, 'data: {}\n\n'],
    ['chunks', { 'content-type': 'application/json' }, '[1,'],
    ['a body of known length', { 'content-type': 'application/json', 'content-length': '100' }, '[1,'],
  ])(
    'get the first response whole, and the end of the connection where the second, %s, is cut',
    async (_what, headers, part) => {
      const upstream = await startFakeUpstream();
      const proxy = await startProxy(upstream);
      let first: ServerResponse | undefined;
      let cut = false;
      upstream.respond((asked, response) => {
        if (asked.url === '/v1/models') {
          first = response;
          return;
        }
        response.writeHead(200, headers);
        response.write(part, () => {
          setTimeout(() => {
            cut = true;
            response.destroy();
          }, 20);
        });
      });
      const received = sendRaw(proxy.port, request('/v1/models') + request('/v1/files'));
      await until('both have come, and the second is cut', () => first !== undefined && cut);
      await new Promise((resolve) => setTimeout(resolve, 20)); // the proxy hears of it before its turn has come
      first?.end('{"first":true}');
      const text = await received;
      expect(text).toContain('{"first":true}');
      expect(text).toContain(part.trim());
      expect(text.endsWith('0\r\n\r\n')).toBe(false);
      await until('both are logged', () => proxy.log.length === 2);
      expect(proxy.log.map((line) => line['outcome'])).toEqual(['complete', 'upstream-cut']);
      await proxy.stop();
      await upstream.close();
    },
  );
});
