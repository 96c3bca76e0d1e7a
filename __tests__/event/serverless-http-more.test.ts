import type { ServerResponse } from 'node:http';
import type { Listener } from '../../src/event/run-in-memory';
import { normaliseEvent } from '../../src/event/normalise-event';
import { bare, gatewayEvent, ours, respondWith, parsed, urlEvent } from './events';

/** Faults of serverless-http 4.0.0 that this app met beside the known ones; see serverless-http.test.ts. */

describe('`rawHeaders` are empty', () => {
  const raw = respondWith((request) => request.rawHeaders);
  const event = urlEvent({ headers: { 'X-Two': ['1', '2'], Accept: '*/*' } });

  it('are empty under serverless-http', async () => {
    expect(parsed(await bare(raw)(event))).toEqual([]);
  });
  it('are those of the event, in their own case', async () => {
    expect(parsed(await ours(raw)(event))).toEqual(['X-Two', '1', 'X-Two', '2', 'Accept', '*/*']);
  });
  it('are folded as Node does it, and of two credentials the first counts', async () => {
    const headers = { 'X-Two': ['1', '2'], Cookie: ['a=1', 'b=2'], Authorization: ['Bearer 1', 'Bearer 2'] };
    expect(parsed(await ours(respondWith((request) => request.headers))(urlEvent({ headers })))).toEqual({
      'x-two': '1, 2',
      cookie: 'a=1; b=2',
      authorization: 'Bearer 1',
    });
  });
});

describe('a flat list of headers, as `writeHead` takes it, becomes a header called 0', () => {
  const flat: Listener = (_request, response) => {
    response.writeHead(201, ['X-One', '1']);
    response.end();
  };

  it('does under serverless-http', async () => {
    expect((await bare(flat)(urlEvent())).headers).toHaveProperty('0', 'X-One');
  });
  it('keeps its names', async () => {
    expect(await ours(flat)(urlEvent())).toMatchObject({ statusCode: 201, headers: { 'x-one': '1' } });
  });
});

describe('an answer that is broken off is never answered', () => {
  const breakOff = (type: string, end: (response: ServerResponse) => void): Listener => {
    return (_request, response) => {
      response.writeHead(200, { 'content-type': type });
      response.write('data: half\n\n');
      end(response);
    };
  };
  const ends: [string, (response: ServerResponse) => void][] = [
    ['destroyed', (response) => response.destroy()],
    ['ended by its socket', (response) => response.socket?.destroySoon()],
    ['reset', (response) => response.socket?.resetAndDestroy()],
  ];

  it.each(ends)('is a 502 that says so: %s', async (_how, end) => {
    const response = await ours(breakOff('application/json', end))(urlEvent());
    expect(response).toMatchObject({ statusCode: 502, headers: { 'x-proxy-error': 'upstream-cut' } });
  });
  it.each(ends)('is the part received if it is an event stream: %s', async (_how, end) => {
    const response = await ours(breakOff('text/event-stream', end))(urlEvent());
    expect(response).toMatchObject({ statusCode: 200, body: 'data: half\n\n' });
  });
  it('is a 500 if there was no response', async () => {
    expect((await ours((_request, response) => response.destroy())(urlEvent())).statusCode).toBe(500);
  });
});

describe('the platform’s request id becomes the client’s `x-request-id`, and a GET gets a length of 0', () => {
  const headers = respondWith((request) => request.headers);

  it('do under serverless-http', async () => {
    expect(parsed(await bare(headers)(gatewayEvent()))).toEqual({
      'content-length': 0,
      'x-request-id': 'platform-request-id',
    });
  });
  it('do not', async () => {
    expect(parsed(await ours(headers)(gatewayEvent({ headers: { A: 'b' } })))).toEqual({ a: 'b' });
  });
});

describe('leave to send a body is written into the answer', () => {
  const asking: Listener = (request, response) => {
    if (request.headers.expect !== undefined) response.writeContinue();
    response.end('x');
  };
  const event = urlEvent({ httpMethod: 'POST', headers: { expect: '100-continue' }, body: '{}' });

  it('is under serverless-http', async () => {
    expect((await bare(asking)(event)).body).toContain('100 Continue');
  });
  it('is not asked for: the body is there', async () => {
    expect((await ours(asking)(event)).body).toBe('x');
  });
});

it('gives serverless-http nothing that leads it into another branch', () => {
  const event = { ...gatewayEvent(), version: '2.0', requestPath: '/x', multiValueHeaders: { host: ['x'] } };
  expect(Object.keys(normaliseEvent(event, { stagePrefixes: [], remainingMs: undefined })).sort()).toEqual([
    'body',
    'headers',
    'httpMethod',
    'isBase64Encoded',
    'multiValueQueryStringParameters',
    'path',
    'rawHeaders',
    'requestContext',
  ]);
});
