import type { Socket } from 'node:net';
import { IncomingResponse, type ResponseSource } from './incoming-response';
import { hangUp, type OutgoingRequest, type RequestCarrier } from './outgoing-request';
import { InvalidResponse, type ResponseHead } from './response-head';
import { ResponseParser, type ResponseReader } from './response-parser';

/** Who keeps the connections. */
export interface ConnectionOwner {
  /** It can serve another request, for as long as that many ms. */
  onFree(connection: Connection, idleMs: number): void;
  /** It is gone, or serves another protocol. */
  onGone(connection: Connection): void;
}

/** A connection to an upstream, which serves one request after the other. */
export class Connection implements ResponseReader, ResponseSource, RequestCarrier {
  readonly #parser = new ResponseParser(this);
  #request: OutgoingRequest | undefined;
  #response: IncomingResponse | undefined;
  #isSent = false;
  #isAnswered = false;
  #keepsAlive = false;
  #idleMs = Infinity;
  #isPaused = false;
  #isGone = false;
  /** Why the socket closes. */
  #reason: Error | undefined;
  /** What it had read before its present request. */
  #readBefore = 0;

  /** Whether a request has it; for its owner, who counts them. */
  isInUse = true;

  /** @param name the origin's: connections of the same name serve each other's requests */
  constructor(
    readonly socket: Socket,
    readonly name: string,
    private readonly owner: ConnectionOwner,
  ) {
    socket.on('data', this.#onData).on('drain', this.#onDrain);
    socket.on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose);
  }

  get canServe(): boolean {
    return !this.#isGone && this.socket.writable;
  }

  /** Whether anything has come since its request was sent. */
  get hasResponded(): boolean {
    return this.socket.bytesRead !== this.#readBefore;
  }

  serve(request: OutgoingRequest): void {
    this.#request = request;
    this.#isSent = false;
    this.#isAnswered = false;
    this.#readBefore = this.socket.bytesRead;
    this.#parser.begin(request.method);
    request.attach(this);
  }

  sent(): void {
    this.#isSent = true;
    if (this.#isAnswered) this.#free();
  }

  abort(error: Error): void {
    this.#fail(error);
  }

  abandon(): void {
    this.#fail(hangUp());
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.socket.resume();
  }

  onHead(head: ResponseHead, rest: Buffer | undefined): void {
    const request = this.#request;
    if (!request) return;
    if (rest) {
      this.#switch(request, head, rest);
      return;
    }
    this.#keepsAlive = head.keepsAlive && request.options.keepsAlive;
    this.#idleMs = head.idleMs;
    this.#response = new IncomingResponse(head, this, undefined);
    request.respond(this.#response);
  }

  onBody(bytes: Buffer): void {
    if (this.#response?.push(bytes) !== false) return;
    this.#isPaused = true;
    this.socket.pause();
  }

  onEnd(hasRest: boolean): void {
    const response = this.#response;
    this.#response = undefined;
    response?.finish();
    if (hasRest) this.#keepsAlive = false;
    this.#isAnswered = true;
    this.resume(); // or its end would not be seen
    if (this.#isSent || !this.#keepsAlive) this.#free();
  }

  readonly #onData = (bytes: Buffer): void => {
    try {
      this.#parser.push(bytes);
    } catch (error) {
      if (!(error instanceof InvalidResponse)) throw error;
      this.#close(error);
    }
  };

  readonly #onDrain = (): void => {
    this.#request?.drain();
  };

  readonly #onError = (error: Error): void => {
    this.#close(error); // one of TLS, such as an alert, does not close a socket by itself
  };

  readonly #onEnd = (): void => {
    if (this.#parser.end()) this.#leave();
    else this.#close(hangUp());
  };

  readonly #onClose = (): void => {
    if (!this.#isGone) this.#fail(this.#reason ?? hangUp());
  };

  /** Fails what is under way once the socket is closed: until then what has come of the response can be read. */
  #close(reason: Error): void {
    this.#reason ??= reason;
    this.socket.destroy();
  }

  /** The response is whole: what is left of the request matters only if the connection is to serve others. */
  #free(): void {
    const request = this.#request;
    this.#request = undefined;
    request?.close();
    if (this.#isGone) return;
    if (!this.#keepsAlive || !this.socket.writable) {
      this.socket.destroySoon();
      this.#leave();
      return;
    }
    this.owner.onFree(this, this.#idleMs);
  }

  #switch(request: OutgoingRequest, head: ResponseHead, rest: Buffer): void {
    if (!request.options.upgrades || !head.switches) throw new InvalidResponse('another protocol, unasked');
    const { socket } = this;
    socket.off('data', this.#onData).off('drain', this.#onDrain);
    socket.off('end', this.#onEnd).off('error', this.#onError).off('close', this.#onClose);
    socket.on('error', ignore); // until its new reader is there, as it waits for that
    socket.pause();
    if (rest.length > 0) socket.unshift(rest);
    this.#request = undefined;
    request.respond(new IncomingResponse(head, undefined, socket));
    request.close();
    this.#leave();
  }

  #fail(error: Error): void {
    const request = this.#request;
    const response = this.#response;
    this.#request = undefined;
    this.#response = undefined;
    this.socket.destroy();
    this.#leave();
    response?.destroy(error);
    request?.fail(error);
  }

  #leave(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    const request = this.#request;
    this.#request = undefined;
    request?.close(); // its response is whole, and the rest of it nobody reads
    this.owner.onGone(this);
  }
}

/** `close` follows. */
function ignore(): void {
  // nothing to do
}
