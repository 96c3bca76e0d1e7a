import http from 'node:http';
import https from 'node:https';

/**
 * The minimum of a correct relay in Node: `http.request` and `pipe`, with kept-alive connections. If the upstream fails
 * during a stream, the response is terminated; if the client disconnects, so is the upstream's request. An upgrade is two
 * pipes. The base of all ratios.
 */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
const upstream = new URL(process.env['UPSTREAM'] ?? '');
const client = upstream.protocol === 'https:' ? https : http;
const agent = new client.Agent({ keepAlive: true, maxFreeSockets: 1_024 });

function endToEnd(headers: http.IncomingHttpHeaders): http.IncomingHttpHeaders {
  const kept = { ...headers };
  for (const name of HOP_BY_HOP) Reflect.deleteProperty(kept, name);
  return kept;
}

const addressOf = ({ method, url: path }: http.IncomingMessage) => {
  const { hostname: host, port } = upstream;
  return { host, port, method, path };
};

const server = http.createServer((req, res) => {
  const headers = { ...endToEnd(req.headers), host: upstream.host };
  const outbound = client.request({ ...addressOf(req), agent, headers }, (response) => {
    res.writeHead(response.statusCode ?? 502, endToEnd(response.headers));
    response.on('error', () => res.destroy()); // `pipe` alone would leave the client waiting
    response.pipe(res);
  });
  outbound.on('error', () => {
    if (res.headersSent) res.destroy();
    else res.writeHead(502).end();
  });
  res.on('close', () => {
    if (!res.writableFinished) outbound.destroy();
  });
  req.pipe(outbound);
});
server.on('upgrade', (req, near, head) => {
  const outbound = client.request({ ...addressOf(req), headers: { ...req.headers, host: upstream.host } });
  outbound.on('upgrade', ({ rawHeaders }, far, begun) => {
    const lines = rawHeaders.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`));
    near.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
    near.write(begun);
    far.write(head);
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
  });
  outbound.on('response', () => near.destroy());
  outbound.on('error', () => near.destroy());
  outbound.end();
});
server.listen(Number(process.env['PORT']), '127.0.0.1', 4_096);
