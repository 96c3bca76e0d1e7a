import type { Responder, FakeUpstream } from '../../scripts/fakes/fake-upstream';

/** Makes a fake upstream also respond to `/cdn-cgi/trace`, as the providers' front ends do. */
export function respondToTrace(upstream: FakeUpstream, country: string, ip = '203.0.113.7'): void {
  const before = upstream.currentResponder();
  upstream.respond(withTrace(before, `fl=1f1\nip=${ip}\ncolo=SIN\nloc=${country}\ntls=TLSv1.3\n`));
}

function withTrace(otherwise: Responder, trace: string): Responder {
  return (request, response, seen) => {
    if (seen.url !== '/cdn-cgi/trace') return otherwise(request, response, seen);
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.end(trace);
    return undefined;
  };
}
