import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { TEST_TLS } from './tls';

/** A server that accepts no handshake until it is resumed: Linux drops what its full queue has no room for. */
export interface StalledServer {
  readonly port: number;
  /** Lets handshakes come about. The client's next try is a second after its first, and then two after that. */
  goOn(): void;
  stop(): void;
}

/** Its response to every request, in the form of Tencent's API. */
export const STALLED_BODY = '{"Response":{"stalled":true}}';

const SCRIPT = `
  const { host, port, certificate } = JSON.parse(process.argv[1]);
  const listener = (request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end('${STALLED_BODY}');
  };
  const server =
    certificate === undefined
      ? require('node:http').createServer(listener)
      : require('node:http2').createSecureServer({ ...certificate, allowHTTP1: true }, listener);
  server.listen({ host, port, backlog: 1 }, () => console.log(server.address().port));
`;

/** @param where a loopback address, and which port; by default any */
export async function startStalled({
  host = '127.0.0.1',
  port = 0,
  secure = false,
} = {}): Promise<StalledServer> {
  const options = { host, port, ...(secure ? { certificate: TEST_TLS } : {}) };
  const child = spawn(process.execPath, ['-e', SCRIPT, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const listening = Number(line.toString());
  child.kill('SIGSTOP');
  // One more than the queue holds, so that it is known to be full once all but that one are connected.
  const fill = Array.from({ length: 3 }, () => net.connect(listening, host).on('error', () => undefined));
  await Promise.all(fill.slice(0, 2).map((socket) => once(socket, 'connect')));
  return {
    port: listening,
    goOn() {
      for (const socket of fill) socket.destroy();
      child.kill('SIGCONT');
    },
    stop() {
      for (const socket of fill) socket.destroy();
      child.kill('SIGKILL');
    },
  };
}
