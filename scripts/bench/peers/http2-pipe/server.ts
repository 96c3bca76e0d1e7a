import http from 'node:http';
import http2 from 'node:http2';

/** The bare pipe, with HTTP/2 to the upstream: one connection, with a stream for each request. */
const upstream = process.env['UPSTREAM'] ?? '';
let session: http2.ClientHttp2Session | undefined;

function connection(): http2.ClientHttp2Session {
  if (!session || session.closed || session.destroyed) session = http2.connect(upstream);
  return session;
}

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host']);

const server = http.createServer((req, res) => {
  const headers: http2.OutgoingHttpHeaders = { ':method': req.method, ':path': req.url };
  for (const [name, value] of Object.entries(req.headers)) if (!HOP_BY_HOP.has(name)) headers[name] = value;
  const outbound = connection().request(headers);
  outbound.on('response', (responseHeaders) => {
    const { ':status': status = 502, ...rest } = responseHeaders;
    res.writeHead(status, rest);
    outbound.pipe(res);
  });
  outbound.on('error', () => res.destroy());
  res.on('close', () => {
    if (!res.writableFinished) outbound.close(http2.constants.NGHTTP2_CANCEL);
  });
  req.pipe(outbound);
});
server.listen(Number(process.env['PORT']), '127.0.0.1', 4_096);
