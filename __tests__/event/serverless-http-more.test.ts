import type { ServerResponse } from 'node:http';
import type { Listener } from '../../src/event/run-in-memory';
import { normaliseEvent } from '../../src/event/normalise-event';
import { bare, gatewayEvent, ours, respondWith, parsed, urlEvent } from './events';

/** Faults of serverless-http 4.0.0 that this app met beside the known ones; see serverless-http.test.ts. */

describe('`rawHeaders`', () => {
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

describe('a flat list of headers, as `writeHead` accepts it,', () => {
  const flat: Listener = (_request, response) => {
    response.writeHead(201, ['X-One', '1']);
    response.end();
  };

  it('becomes a header called 0 under serverless-http', async () => {
    expect((await bare(flat)(urlEvent())).headers).toHaveProperty('0', 'X-One');
  });
  it('keeps its names', async () => {
    expect(await ours(flat)(urlEvent())).toMatchObject({ statusCode: 201, headers: { 'x-one': '1' } });
  });
});

describe('an interrupted response, which serverless-http never ends,', () => {
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

describe('the platform’s request id, and a length of 0 for a GET,', () => {
  const headers = respondWith((request) => request.headers);

  it('are added to the request’s headers by serverless-http', async () => {
    expect(parsed(await bare(headers)(gatewayEvent()))).toEqual({
      'content-length': 0,
      'x-request-id': 'platform-request-id',
    });
  });
  it('are not added here', async () => {
    expect(parsed(await ours(headers)(gatewayEvent({ headers: { A: 'b' } })))).toEqual({ a: 'b' });
  });
});

describe('`100 Continue`', () => {
  const asking: Listener = (request, response) => {
    if (request.headers.expect !== undefined) response.writeContinue();
    response.end('x');
  };
  const event = urlEvent({ httpMethod: 'POST', headers: { expect: '100-continue' }, body: '{}' });

  it('is written into the body by serverless-http', async () => {
    expect((await bare(asking)(event)).body).toContain('100 Continue');
  });
  it('is not written here, because the body is complete already', async () => {
    expect((await ours(asking)(event)).body).toBe('x');
  });
});

it('passes serverless-http nothing that selects another branch', () => {
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
