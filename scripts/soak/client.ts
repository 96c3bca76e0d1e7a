import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Agent, request, type IncomingMessage } from 'node:http';
import { openaiDialect } from '../../src/dialects/openai';
import { bodyOf, chatBody, eventOf, STREAM_END, type Order } from './order';
import type { Ended } from './tally';

export const TOKEN = 'soak-token-0123456789';
const LIMIT_MS = 30_000;
/** The proxy's own event, to which clients pay no attention. */
const HEARTBEAT = openaiDialect.heartbeat('/v1/chat/completions') ?? 'none';
const UPGRADE = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };

/** A response as far as it came. */
interface Received {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Whether it came to its end. */
  readonly whole: boolean;
}

export interface ClientOptions {
  readonly port: number;
  /** Whether connections may end or stand still at present, since something was done to an instance. */
  readonly isDisturbed: () => boolean;
  /** Takes the ms by which a chunk came later than it was due. */
  readonly onChunk: (lateMs: number) => void;
}

/** Sends requests of every kind, and judges what comes back. */
export class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 400 });

  constructor(private readonly options: ClientOptions) {}

  close(): void {
    this.#agent.destroy();
  }

  /** A chat, whole. @param path of the provider */
  async chat(
    path: string,
    as: 'chat' | 'refused' | 'failing' | 'unheard',
    promptBytes = 900,
  ): Promise<Ended> {
    const order: Order = { id: randomUUID(), as, chunks: 1, gapMs: 0, bytes: 1_500 };
    const sent = await this.#send(path, chatBody(order, promptBytes));
    if (!sent) return this.#cut(0);
    if (sent.status !== 200) return told(sent);
    if (!sent.whole) return this.#cut(sent.body.length);
    if (sent.body.toString() === bodyOf(order)) return { end: 'completed', bytes: sent.body.length };
    return { end: 'wrong', bytes: sent.body.length, what: sent.body.toString().slice(0, 200) };
  }

  /** A stream; the provider cuts it if `as` says so. */
  async stream(
    path: string,
    as: 'stream' | 'cut',
    { chunks, gapMs }: { chunks: number; gapMs: number },
  ): Promise<Ended> {
    const order: Order = { id: randomUUID(), as, chunks, gapMs, bytes: 100 };
    let last = 0;
    const received = await this.#send(path, chatBody(order, 900), LIMIT_MS + chunks * gapMs, () => {
      const now = performance.now();
      if (last > 0) this.options.onChunk(now - last - gapMs);
      last = now;
    });
    if (!received) return this.#cut(0);
    if (received.status !== 200) return told(received);
    const text = received.body.toString().replaceAll(HEARTBEAT, '');
    const bytes = received.body.length;
    const whole = as === 'cut' ? eventOf(order, 0) + eventOf(order, 1) : bodyOf({ ...order, as: 'stream' });
    if (as === 'stream' && received.whole && text === whole) return { end: 'completed', bytes };
    const ownError = text.lastIndexOf('data: {"error"');
    const relayed = ownError < 0 ? text : text.slice(0, ownError).trimEnd();
    if (!whole.startsWith(relayed)) return { end: 'wrong', bytes, what: relayed.slice(-200) };
    if (ownError >= 0) return { end: 'told', bytes, what: `event ${codeIn(text.slice(ownError))}` };
    if (received.whole && text.endsWith(STREAM_END))
      return { end: 'wrong', bytes, what: 'it is short, and appears complete' };
    if (received.whole) return { end: 'wrong', bytes, what: `it ended without an end: ${text.slice(-80)}` };
    return as === 'cut' ? { end: 'told', bytes, what: 'a cut stream' } : this.#cut(bytes);
  }

  /** Leaves in the middle of a stream, or before it begins. */
  leave(path: string, afterMs: number): Promise<Ended> {
    const order: Order = { id: randomUUID(), as: 'stream', chunks: 500, gapMs: 20, bytes: 100 };
    return new Promise((resolve) => {
      const sent = request(this.#optionsOf(path), (response) =>
        response.on('error', () => undefined).resume(),
      );
      sent.on('error', () => undefined);
      sent.end(chatBody(order, 900));
      setTimeout(() => {
        sent.destroy();
        resolve({ end: 'left', bytes: 0 });
      }, afterMs);
    });
  }

  /** An upload, of which the provider tells the hash of what it got. */
  async upload(path: string, bytes: number): Promise<Ended> {
    const body = randomBytes(bytes);
    const received = await this.#send(path, body);
    if (!received) return this.#cut(0);
    if (received.status !== 200) return told(received);
    if (!received.whole) return this.#cut(received.body.length);
    const { sha256 } = JSON.parse(received.body.toString()) as { sha256: string };
    const isRight = sha256 === createHash('sha256').update(body).digest('hex');
    return isRight
      ? { end: 'completed', bytes }
      : { end: 'wrong', bytes, what: 'the provider got other bytes' };
  }

  /** A WebSocket whose other side is an echo. */
  echo(path: string, messages: number, bytes: number): Promise<Ended> {
    return new Promise((resolve) => {
      const options = this.#optionsOf(path);
      const headers = {
        ...options.headers,
        ...UPGRADE,
        'sec-websocket-key': randomBytes(16).toString('base64'),
      };
      const sent = request({ ...options, method: 'GET', headers });
      const finish = (ended: Ended) => {
        clearTimeout(limit);
        sent.destroy();
        resolve(ended);
      };
      const limit = setTimeout(
        () => finish({ end: 'lost', bytes: 0, what: 'no end of a WebSocket' }),
        LIMIT_MS,
      );
      sent.on('error', () => finish(this.#cut(0)));
      sent.on('response', (response) => {
        response.resume();
        finish({
          end: 'told',
          bytes: 0,
          what: `${response.statusCode} ${String(response.headers['x-proxy-error'])}`,
        });
      });
      sent.on('upgrade', (_response, socket) => {
        const message = randomBytes(bytes);
        let left = messages;
        let at = 0;
        socket.on('error', () => finish(this.#cut(0)));
        socket.on('close', () => finish(this.#cut(0)));
        socket.on('data', (chunk: Buffer) => {
          if (!chunk.equals(message.subarray(at, at + chunk.length))) {
            socket.destroy();
            finish({ end: 'wrong', bytes: 0, what: 'other bytes on a WebSocket' });
            return;
          }
          at += chunk.length;
          if (at < message.length) return;
          at = 0;
          if (--left > 0) socket.write(message);
          else {
            socket.removeAllListeners('close');
            socket.destroy();
            finish({ end: 'completed', bytes: messages * bytes });
          }
        });
        socket.write(message);
      });
      sent.end();
    });
  }

  /** What it is if the connection ended before the response did. */
  #cut(bytes: number): Ended {
    return this.options.isDisturbed()
      ? { end: 'told', bytes, what: 'a connection that ended with its instance' }
      : { end: 'lost', bytes, what: 'a connection ended, and nothing was done to its instance' };
  }

  #optionsOf(path: string) {
    return {
      ...{ host: '127.0.0.1', port: this.options.port, path, method: 'POST', agent: this.#agent },
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' } as Record<
        string,
        string
      >,
    };
  }

  /** `undefined` if the connection ended before the head of a response. @throws never */
  #send(
    path: string,
    body: string | Buffer,
    limitMs = LIMIT_MS,
    onData?: () => void,
  ): Promise<Received | undefined> {
    return new Promise((resolve) => {
      const options = this.#optionsOf(path);
      options.headers['content-length'] = String(Buffer.byteLength(body));
      if (typeof body !== 'string') options.headers['content-type'] = 'application/octet-stream';
      const limit = setTimeout(() => sent.destroy(), limitMs);
      const finish = (received: Received | undefined) => {
        clearTimeout(limit);
        resolve(received);
      };
      const sent = request(options, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => {
          parts.push(part);
          onData?.();
        });
        response.on('error', () => undefined);
        response.on('close', () => {
          const { statusCode = 0, headers, complete } = response;
          finish({ status: statusCode, headers, body: Buffer.concat(parts), whole: complete });
        });
      });
      sent.on('error', () => finish(undefined));
      sent.end(body);
    });
  }
}

function told({ status, headers, body, whole }: Received): Ended {
  const code = headers['x-proxy-error'];
  if (!whole) return { end: 'told', bytes: body.length, what: 'a cut error response' };
  return {
    end: 'told',
    bytes: body.length,
    what: code === undefined ? `${status} of the provider` : `${status} ${String(code)}`,
  };
}

function codeIn(event: string): string {
  return /"code":"([\w-]+)"/.exec(event)?.[1] ?? 'without a code';
}
