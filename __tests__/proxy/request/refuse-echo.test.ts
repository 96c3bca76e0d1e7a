import type { IncomingHttpHeaders } from 'node:http';
import { refuseEcho } from '../../../src/proxy/request/refuse-echo';
import { ProxyError } from '../../../src/errors/proxy-error';

/** The error with which a request is rejected; `undefined` if it is not. */
function refusalOf(method: string, headers: IncomingHttpHeaders = {}): string | undefined {
  try {
    refuseEcho({ method, headers });
    return undefined;
  } catch (error) {
    return error instanceof ProxyError ? error.code : String(error);
  }
}

it.each(['TRACE', 'trace', 'TRACK', 'DEBUG', 'CONNECT'])('%s is rejected', (method) => {
  expect(refusalOf(method)).toBe('method-not-relayed');
});

it.each(['x-http-method-override', 'x-http-method', 'x-method-override'])(
  'a request whose %s names one of these methods is rejected as well',
  (name) => {
    expect(refusalOf('POST', { [name]: ' Trace ' })).toBe('method-not-relayed');
    expect(refusalOf('POST', { [name]: 'GET, "trace"' })).toBe('method-not-relayed'); // of two such headers
    expect(refusalOf('POST', { [name]: 'GET' })).toBeUndefined();
  },
);

it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])('%s is relayed', (method) => {
  expect(refusalOf(method)).toBeUndefined();
});
