import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer } from '../../../src/app/server';
import { JoiningRequest } from '../../../src/proxy/body/small-chunks';
import { openaiDialect } from '../../../src/dialects/openai';
import { createLogger } from '../../../src/log/logger';
import { until } from '../../helpers/http';

const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';

const OPTIONS = {
  logger: createLogger((line) => line, { write: () => undefined }),
  dialect: openaiDialect,
  cors: [],
};

/** Sends a body in chunks; `listen` gets the request when it has begun. */
async function received(chunks: readonly Buffer[], listen: (request: IncomingMessage) => Promise<void>) {
  let done: Promise<void> | undefined;
  const server = createServer((request) => {
    done = listen(request);
  }, OPTIONS);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  const encoded = chunks.flatMap((chunk) => [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n']);
  client.write(Buffer.concat([HEAD, ...encoded, '0\r\n\r\n'].map((part) => Buffer.from(part))));
  await until('the request has begun', () => done !== undefined);
  await done;
  client.destroy();
  server.close();
}

it('A body that waits in chunks of one byte is kept in few pieces, no more than Node allows', async () => {
  const request = new JoiningRequest(new net.Socket());
  const chunks = Array.from({ length: 100_000 }, (_, at) => Buffer.from([at % 251]));
  let pushed = 0;
  while (request.push(chunks[pushed++] ?? null));
  expect(pushed).toBe(request.readableHighWaterMark);
  request.push(null);
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  await once(request, 'end');
  expect(Buffer.concat(pieces).equals(Buffer.concat(chunks.slice(0, pushed)))).toBe(true);
  expect(pieces.length).toBeLessThan(8);
});

it('A body that is read with pauses keeps the order of its bytes, whatever the sizes of its chunks', async () => {
  const sizes = [1, 3, 1_023, 1, 1_024, 2, 20_000, 1, 500, 900, 70_000, 5];
  const chunks = Array.from({ length: 600 }, (_, at) => Buffer.alloc(sizes[at % sizes.length] ?? 1, at));
  const pieces: Buffer[] = [];
  await received(chunks, async (request) => {
    request.on('data', (piece: Buffer) => {
      pieces.push(piece);
      if (pieces.length % 3 !== 0) return;
      request.pause();
      setTimeout(() => request.resume(), pieces.length % 2);
    });
    await once(request, 'end');
  });
  expect(Buffer.concat(pieces).equals(Buffer.concat(chunks))).toBe(true);
});

it('What a client sent before it waits is received at once after a pause', async () => {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    void sleep(50).then(() => request.on('data', (piece: Buffer) => pieces.push(piece)));
    const check = setInterval(() => {
      if (Buffer.concat(pieces).toString() !== 'abc') return;
      clearInterval(check);
      response.end('all');
    }, 5);
    response.once('close', () => {
      clearInterval(check);
    });
  }, OPTIONS);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write(`${HEAD}1\r\na\r\n1\r\nb\r\n1\r\nc\r\n`); // and no end
  const [response] = (await once(client, 'data')) as [Buffer];
  client.destroy();
  server.close();
  expect(response.toString()).toContain('200 OK');
});
