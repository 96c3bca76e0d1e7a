import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { BodySink } from '../body/body';
import { LAST_CHUNK, MAX_COPIED_BYTES, framed } from './chunk';
import type { IncomingResponse } from './incoming-response';
import { writeHead, type RequestHead } from './request-head';

/** The connection, as a request sees it. */
export interface RequestCarrier {
  readonly socket: Socket;
  /** All of the request was handed to the system. */
  sent(): void;
  /** The request is given up. */
  abort(error: Error): void;
}

export interface RequestOptions {
  readonly isChunked: boolean;
  /** Whether its connection may serve other requests after it. */
  readonly keepsAlive: boolean;
  /** Whether it asks for another protocol; the header `Connection` is the client's then. */
  readonly upgrades: boolean;
}

/** What comes of a request, exactly once. */
export interface RequestListener {
  onResponse(response: IncomingResponse): void;
  /** @param wasOpen whether there was a connection */
  onFailure(error: unknown, wasOpen: boolean): void;
}

/** Up to this size head and body are one buffer, since two are a list of buffers for the system. */
const MAX_JOINED_BYTES = 16 * 1024;

/** A request on its way over HTTP/1.1. Its body can be written before there is a connection: it waits for that. */
export class OutgoingRequest extends EventEmitter implements BodySink {
  readonly method: string;
  destroyed = false;
  writableEnded = false;
  writableFinished = false;
  #carrier: RequestCarrier | undefined;
  /** Not sent yet; '' once it is. */
  #head: string;
  #waiting: Buffer[] = [];
  #listener: RequestListener | undefined;

  /** @throws TypeError if it cannot be sent */
  constructor(
    head: RequestHead,
    readonly options: RequestOptions,
    listener: RequestListener,
  ) {
    super();
    this.method = head.method;
    const connection = options.keepsAlive ? 'keep-alive' : 'close';
    this.#head = writeHead(head, options.upgrades ? undefined : connection);
    this.#listener = listener;
  }

  /** The connection on which it goes. */
  attach(carrier: RequestCarrier): void {
    this.#carrier = carrier;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (this.writableEnded) this.#send(carrier, waiting);
    else {
      let canTakeMore = true;
      for (const bytes of waiting) canTakeMore = this.write(bytes);
      if (waiting.length > 0 && canTakeMore) this.emit('drain');
    }
  }

  write(bytes: Buffer): boolean {
    if (this.destroyed || this.writableEnded) return false;
    if (bytes.length === 0) return true; // a chunk of none would end the body
    if (!this.#carrier) {
      this.#waiting.push(bytes);
      return false;
    }
    const { socket } = this.#carrier;
    const { isChunked } = this.options;
    if (this.#head !== '' || (isChunked && bytes.length > MAX_COPIED_BYTES)) {
      socket.cork(); // for one list of all that is written in this turn
      process.nextTick(uncork, socket);
    }
    if (this.#head !== '') socket.write(this.#head, 'latin1');
    this.#head = '';
    return isChunked ? writeChunk(socket, bytes) : socket.write(bytes);
  }

  end(bytes?: Buffer): void {
    if (this.destroyed || this.writableEnded) return;
    this.writableEnded = true;
    const last = bytes === undefined || bytes.length === 0 ? [] : [bytes];
    if (this.#carrier) this.#send(this.#carrier, last);
    else this.#waiting.push(...last);
  }

  /** Gives it up: without a response that is a failure. */
  destroy(error: Error = hangUp()): void {
    if (this.destroyed) return;
    this.destroyed = true;
    if (this.#carrier) this.#carrier.abort(error);
    else this.fail(error);
  }

  /** The system can take more. */
  drain(): void {
    if (!this.writableEnded) this.emit('drain');
  }

  respond(response: IncomingResponse): void {
    this.#listener?.onResponse(response);
    this.#listener = undefined;
  }

  /** It is over, one way or the other: the connection is not its own any more. */
  close(): void {
    this.#carrier = undefined;
    this.destroyed = true;
    this.#waiting = [];
    this.emit('close');
  }

  fail(error: unknown): void {
    const wasOpen = this.#carrier !== undefined;
    const listener = this.#listener;
    this.#listener = undefined;
    this.close();
    listener?.onFailure(error, wasOpen);
  }

  /** Sends the last bytes, with the head before them if it was not sent. */
  #send(carrier: RequestCarrier, parts: readonly Buffer[]): void {
    const { socket } = carrier;
    const isSent = (error?: Error | null) => {
      if (!error) this.#finish(carrier);
    };
    const head = this.#head;
    this.#head = '';
    const bytes = parts.length === 1 ? parts[0] : undefined;
    if (this.options.isChunked) {
      sendChunks(socket, head, parts, isSent);
    } else if (parts.length === 0) {
      socket.write(head, 'latin1', isSent);
    } else if (head !== '' && bytes && bytes.length <= MAX_JOINED_BYTES) {
      const whole = Buffer.allocUnsafe(head.length + bytes.length);
      whole.write(head, 0, 'latin1');
      whole.set(bytes, head.length);
      socket.write(whole, isSent);
    } else {
      socket.cork();
      if (head !== '') socket.write(head, 'latin1');
      parts.forEach((part, at) => socket.write(part, at === parts.length - 1 ? isSent : undefined));
      socket.uncork();
    }
  }

  #finish(carrier: RequestCarrier): void {
    if (this.#carrier !== carrier) return;
    this.writableFinished = true;
    this.emit('finish');
    carrier.sent();
  }
}

/** As Node has it, of a connection that ends where it must not. */
export function hangUp(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

function sendChunks(
  socket: Socket,
  head: string,
  chunks: readonly Buffer[],
  isSent: (error?: Error | null) => void,
): void {
  socket.cork();
  if (head !== '') socket.write(head, 'latin1');
  for (const chunk of chunks) writeChunk(socket, chunk);
  socket.write(LAST_CHUNK, 'latin1', isSent);
  socket.uncork();
}

function writeChunk(socket: Socket, bytes: Buffer): boolean {
  if (bytes.length <= MAX_COPIED_BYTES) return socket.write(framed(bytes));
  socket.write(`${bytes.length.toString(16)}\r\n`, 'latin1');
  socket.write(bytes);
  return socket.write('\r\n', 'latin1');
}

function uncork(socket: Socket): void {
  socket.uncork();
}
