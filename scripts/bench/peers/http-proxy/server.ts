import http from 'node:http';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The `http-proxy` package as its documentation shows it, with kept-alive connections. */
interface HttpProxy {
  on(
    event: 'error',
    listener: (error: Error, req: http.IncomingMessage, res: http.ServerResponse | Socket) => void,
  ): void;
  web(req: http.IncomingMessage, res: http.ServerResponse): void;
  ws(req: http.IncomingMessage, socket: Duplex, head: Buffer): void;
}

interface HttpProxyPackage {
  createProxyServer(options: { target: string; agent: http.Agent }): HttpProxy;
}

const load = createRequire(process.env['PACKAGES'] ?? '');
const httpProxy = load('http-proxy') as HttpProxyPackage;
const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 1_024 });
const proxy = httpProxy.createProxyServer({ target: process.env['UPSTREAM'] ?? '', agent });
proxy.on('error', (_error, _req, res) => {
  if (res instanceof Socket || res.headersSent) res.destroy();
  else res.writeHead(502).end();
});
http
  .createServer((req, res) => proxy.web(req, res))
  .on('upgrade', (req, socket, head) => proxy.ws(req, socket, head))
  .listen(Number(process.env['PORT']), '127.0.0.1', 4_096);
