import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Exchange } from '../../../src/proxy/exchange/exchange';
import { relay } from '../../../src/proxy/response/relay';
import { Timeouts } from '../../../src/proxy/exchange/timeouts';
import { openai } from '../../../src/providers/openai';
import { WrittenResponse, destroyed } from '../../helpers/exchange';
import { sendRaw } from '../../helpers/http';

const limits = { timeoutMs: 60_000, idleTimeoutMs: 60_000, heartbeatAfterMs: 0 };

/** What a client gets of a response, and what the exchange is stopped with. */
async function relayed(upstream: WrittenResponse) {
  let exchange: Exchange | undefined;
  const server = http.createServer((request, response) => {
    exchange = new Exchange(request, response, openai);
    exchange.path = '/v1/chat/completions';
    const outcome = {
      upstream,
      rawHeaders: upstream.rawHeaders,
      onFailure: () => undefined,
      tap: undefined,
    };
    relay(outcome, exchange, new Timeouts(exchange, limits, undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const bytes = await sendRaw(port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  server.close();
  return { bytes, failure: exchange?.failure };
}

describe('an upstream that fails between its head and the relaying of its body', () => {
  it('closes the connection at once, incomplete, if the body is chunked', async () => {
    const dead = new WrittenResponse(200, { 'content-type': 'application/json' });
    await destroyed(dead);
    const { bytes, failure } = await relayed(dead);
    expect(bytes).toBe(''); // the head waits for the first bytes
    expect(failure).toMatchObject({ code: 'upstream-cut' });
  });

  it('becomes an error response if the body has a length, since its head has not gone out', async () => {
    const dead = new WrittenResponse(200, { 'content-type': 'application/json', 'content-length': '100' });
    await destroyed(dead);
    const { bytes, failure } = await relayed(dead);
    expect(bytes).toMatch(
      /^HTTP\/1\.1 502 .*\r\nX-Proxy-Error: upstream-cut\r\n.*\r\n\r\n\{"error":\{.*\}\}$/s,
    );
    expect(failure).toMatchObject({ code: 'upstream-cut' });
  });

  it('ends an event stream with an error event of its protocol', async () => {
    const dead = new WrittenResponse(200, { 'content-type': 'text/event-stream' });
    await destroyed(dead);
    const { bytes } = await relayed(dead);
    expect(bytes).toMatch(
      /^HTTP\/1\.1 200 .*\r\n\r\n[0-9a-f]+\r\ndata: \{"error":\{.*"code":"upstream-cut"\}\}\n\n\r\n$/s,
    );
  });
});

it('reuses the buffer of an event stream’s end once that stream is over', async () => {
  const streamed = async () => {
    const upstream = new WrittenResponse(200, { 'content-type': 'text/event-stream' });
    upstream.finish('data: 1\n\n');
    expect((await relayed(upstream)).bytes).toContain('data: 1');
  };
  const allocated = jest.spyOn(Buffer, 'allocUnsafeSlow');
  try {
    await streamed();
    allocated.mockClear();
    await streamed();
    expect(allocated).not.toHaveBeenCalled();
  } finally {
    allocated.mockRestore();
  }
});
