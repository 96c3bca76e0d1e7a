import { Agent, request } from 'node:http';
import type { Case } from './cases';
import { CASE_HEADER } from './upstream';

const MAX_WAIT_MS = 20_000;

/** Sends the requests of cases to the proxy. */
export class Client {
  readonly #agent = new Agent({ keepAlive: true });

  constructor(private readonly port: number) {}

  /**
   * Sends one, and reads its response to its end, or leaves as the case says.
   * @returns whether the client got the very bytes that the upstream sent
   */
  send(one: Case): Promise<boolean> {
    const sent = Buffer.concat(one.chunks);
    return new Promise((resolve, reject) => {
      const body = JSON.stringify({ model: 'm', stream: one.format.isStream, input: 'x', messages: [] });
      const outgoing = request({
        agent: this.#agent,
        port: this.port,
        host: '127.0.0.1',
        method: 'POST',
        path: `/${one.reply.provider}${one.reply.path}`,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          authorization: 'Bearer sk-accuracy-0000000000000000',
          [CASE_HEADER]: one.index,
        },
        timeout: MAX_WAIT_MS,
      });
      let hasLeft = false;
      outgoing.on('timeout', () => outgoing.destroy(new Error(`case ${one.index} hangs`)));
      outgoing.on('error', (error) => {
        if (!hasLeft) reject(error);
      });
      outgoing.on('response', (response) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        const leaveIfThrough = () => {
          if (one.ending !== 'client leaves' || bytes < sent.length) return;
          hasLeft = true;
          outgoing.destroy();
        };
        response.on('data', (chunk: Buffer) => {
          parts.push(chunk);
          bytes += chunk.length;
          leaveIfThrough();
        });
        response.on('error', () => undefined); // `close` follows
        response.on('close', () => {
          const got = Buffer.concat(parts);
          // A stream that breaks ends with an event of the proxy's own.
          const isSame =
            one.ending === 'complete' ? got.equals(sent) : got.subarray(0, sent.length).equals(sent);
          resolve(isSame);
        });
        leaveIfThrough();
      });
      outgoing.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
