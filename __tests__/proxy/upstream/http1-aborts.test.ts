import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { ClientDisconnected } from '../../../src/errors/proxy-error';
import { NO_BODY } from '../../../src/proxy/body/body';
import type { SentFor } from '../../../src/proxy/exchange/exchange';
import type { OutboundRequest } from '../../../src/proxy/request/outbound-request';
import { Http1Client } from '../../../src/proxy/upstream/http1-client';
import { until } from '../../helpers/http';
import { startSocketServer } from '../../helpers/http1-connections';

type Stop = Parameters<SentFor['onStop']>[0];

/** What a request is sent for; `stop` gives it up. */
function stoppable(): { exchange: SentFor; stop: () => void } {
  const stops: Stop[] = [];
  let failure: ClientDisconnected | undefined;
  const exchange: SentFor = {
    failure: undefined,
    record: { attempts: 1 },
    onStop(stop) {
      if (failure) stop(failure);
      else stops.push(stop);
      return () => undefined;
    },
  };
  const stop = () => {
    failure = new ClientDisconnected();
    for (const one of stops) one(failure);
  };
  return { exchange, stop };
}

describe('Http1Client', () => {
  let server: Server;
  let sockets: readonly Socket[];
  let close: () => Promise<void>;

  beforeEach(async () => {
    ({ server, sockets, close } = await startSocketServer((socket) => {
      socket.resume();
    }));
  });
  afterEach(() => close());

  const outbound = (): OutboundRequest => {
    const { port } = server.address() as AddressInfo;
    const host = `127.0.0.1:${port}`;
    return {
      origin: { protocol: 'http:', hostname: '127.0.0.1', port, host, pathPrefix: '', replacesV1: false },
      ...{ method: 'GET', path: '/', headers: ['Host', host], upgrade: false, streams: () => false },
    };
  };

  it.each([
    ['before it connects', 'before'],
    ['while it connects', 'while'],
    ['after it was sent', 'after'],
  ])('counts no request as in progress that was given up %s', async (_when, when) => {
    const client = new Http1Client(5_000);
    const request = outbound();
    const { exchange, stop } = stoppable();
    if (when === 'before') stop();
    const response = client.send(request, NO_BODY, exchange);
    expect(client.busy(request.origin)).toBe(1);
    if (when === 'while') stop();
    if (when === 'after') {
      await until('the request has arrived', () => (sockets[0]?.bytesRead ?? 0) > 0);
      expect(client.busy(request.origin)).toBe(1);
      stop();
    }
    await expect(response).rejects.toBeInstanceOf(ClientDisconnected);
    await until('nothing is in progress', () => client.busy(request.origin) === 0);
    await until('its connection is closed', () => sockets.every((socket) => socket.destroyed));
  });

  it('counts no request as in progress whose connection was refused', async () => {
    const client = new Http1Client(5_000);
    const request = outbound();
    server.close();
    await once(server, 'close');
    const response = client.send(request, NO_BODY, stoppable().exchange);
    expect(client.busy(request.origin)).toBe(1);
    await expect(response).rejects.toMatchObject({ code: 'upstream-unreachable' });
    expect(client.busy(request.origin)).toBe(0);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
});
