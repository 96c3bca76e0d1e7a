import type { IncomingMessage } from 'node:http';
import serverless from 'serverless-http';
import { readConfig } from '../../src/config/read-config';
import type { EventResponse, ServerlessResponse } from '../../src/event/response';
import type { Listener } from '../../src/event/run-in-memory';
import { createEventHandler } from '../../src/event/handler';

export const silent = { error: () => undefined, info: () => undefined };
export const ours = (listener: Listener) =>
  createEventHandler(listener, { config: readConfig({}), logger: silent });
export const bare = (listener: Listener, options: serverless.Options = {}) => {
  const handle = serverless(listener, options);
  return async (event: object) =>
    (await handle(structuredClone(event), {})) as ServerlessResponse & EventResponse;
};

export const urlEvent = (fields: object = {}) => ({
  httpMethod: 'GET',
  path: '/v1/models',
  headers: {},
  queryString: {},
  body: '',
  ...fields,
});
export const gatewayEvent = (fields: object = {}) => ({
  ...urlEvent(),
  headerParameters: {},
  isBase64Encoded: false,
  pathParameters: {},
  queryStringParameters: {},
  requestContext: {
    serviceId: 'service-1',
    path: '/',
    httpMethod: 'ANY',
    requestId: 'platform-request-id',
    identity: {},
    sourceIp: '203.0.113.7',
    stage: 'release',
  },
  ...fields,
});

/** A listener that responds with a part of the request. */
export const respondWith =
  (what: (request: IncomingMessage) => unknown): Listener =>
  (request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(what(request) ?? null));
  };
export const parsed = ({ body }: EventResponse) => JSON.parse(body) as unknown;
