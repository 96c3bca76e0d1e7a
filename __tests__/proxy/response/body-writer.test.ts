import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { BodyWriter } from '../../../src/proxy/response/body-writer';

/** The bytes on the wire after the head of a response, whose body `write` makes. */
async function bodyOf(
  write: (response: ServerResponse) => void,
  requestLine = 'GET / HTTP/1.1',
): Promise<{ head: string; body: Buffer }> {
  const server = createServer((_request, response) => write(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(`${requestLine}\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  server.close();
  await once(server, 'close');
  const all = Buffer.concat(parts);
  const end = all.indexOf('\r\n\r\n') + 4;
  return { head: all.subarray(0, end).toString('latin1'), body: all.subarray(end) };
}

function stream(response: ServerResponse, headers: readonly string[] = []): BodyWriter {
  response.writeHead(200, ['Content-Type', 'text/event-stream', ...headers]);
  response.flushHeaders();
  return new BodyWriter(response, { isStream: true, hasLength: headers.includes('Content-Length') });
}

const SIZES = [1, 2, 15, 16, 17, 255, 256, 257, 4_095, 4_096, 4_097, 65_535, 65_536, 1_000_000];
const chunkOf = (size: number) => Buffer.alloc(size, `${size}\n`);

describe('BodyWriter', () => {
  it.each(SIZES)('frames a chunk of %i bytes as Node does', async (size) => {
    const ours = await bodyOf((response) => {
      const writer = stream(response);
      writer.write(chunkOf(size));
      writer.write(chunkOf(3));
      writer.end(chunkOf(5));
    });
    const ofNode = await bodyOf((response) => {
      response.writeHead(200, ['Content-Type', 'text/event-stream']);
      response.flushHeaders();
      response.write(chunkOf(size));
      response.write(chunkOf(3));
      response.end(chunkOf(5));
    });
    expect(ours.body.equals(ofNode.body)).toBe(true);
    expect(ours.head).toContain('Transfer-Encoding: chunked');
  });

  it('writes no chunk without bytes, which would end the body', async () => {
    const { body } = await bodyOf((response) => {
      const writer = stream(response);
      writer.write(Buffer.from('one'));
      writer.write(Buffer.alloc(0));
      writer.write(Buffer.from('two'));
      writer.end(Buffer.alloc(0));
    });
    expect(body.toString()).toBe('3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n');
  });

  it('frames nothing if the response has a length', async () => {
    const { body } = await bodyOf((response) => {
      const writer = stream(response, ['Content-Length', '6']);
      expect(writer.isDelimited).toBe(true);
      writer.write(Buffer.from('one'));
      writer.end(Buffer.from('two'));
    });
    expect(body.toString()).toBe('onetwo');
  });

  it('frames nothing for a client of HTTP/1.0', async () => {
    const { head, body } = await bodyOf((response) => {
      const writer = stream(response);
      expect(writer.isDelimited).toBe(false);
      writer.write(Buffer.from('one'));
      writer.end(Buffer.from('two'));
    }, 'GET / HTTP/1.0');
    expect(head).not.toContain('chunked');
    expect(body.toString()).toBe('onetwo');
  });

  it('writes no body in response to HEAD', async () => {
    const { body } = await bodyOf((response) => {
      const writer = stream(response);
      writer.write(Buffer.from('one'));
      writer.end(Buffer.from('two'));
    }, 'HEAD / HTTP/1.1');
    expect(body).toHaveLength(0);
  });

  it('leaves the framing to a response that somebody has wrapped', async () => {
    const written: string[] = [];
    const { body } = await bodyOf((response) => {
      const write = response.write.bind(response);
      response.write = (bytes: Buffer) => {
        written.push(bytes.toString());
        return write(bytes.toString().toUpperCase());
      };
      const writer = stream(response);
      writer.write(Buffer.from('one'));
      writer.end(Buffer.alloc(0));
    });
    expect(written).toEqual(['one']);
    expect(body.toString()).toBe('3\r\nONE\r\n0\r\n\r\n');
  });

  it('keeps the connection for the next response', async () => {
    const server = createServer((_request, response) => {
      const writer = stream(response);
      writer.write(Buffer.from('hello'));
      writer.end(Buffer.alloc(0));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { Agent } = await import('node:http');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const texts: string[] = [];
    for (let round = 0; round < 3; round++) {
      const sent = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent });
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      let text = '';
      for await (const part of response) text += String(part);
      texts.push(`${text} ${sent.reusedSocket}`);
    }
    agent.destroy();
    server.close();
    expect(texts).toEqual(['hello false', 'hello true', 'hello true']);
  });
});
