import type { Socket } from 'node:net';
import { ClientDisconnected, ProxyError } from '../../errors/proxy-error';
import { JsonBody } from '../../json/json-body';
import { CLOSE_OPCODE } from '../../meter/frames/frame-header';
import type { BodyShare } from '../body/body-share';
import { inTurn } from '../body/body-turns';
import type { AcceptedSocket } from '../exchange/accepted-socket';
import type { Exchange } from '../exchange/exchange';
import { ClientMessages, type ClientMessage } from './client-messages';
import { sendLast } from '../response/send-last';
import { errorEventIn, type ErrorEvent } from './error-event';
import { FrameBoundary } from './frame-boundary';
import { lastFrames } from './last-frames';
import type { MessageReview } from './message-review';
import { PING_OPCODE, PONG_OPCODE, clientFrame, serverFrame } from './masked-frame';

/** Shorter messages need no room in the budget for bodies. */
const MIN_COUNTED_BYTES = 64 * 1024;
/** A message without any text takes as long as so many bytes of a body do: ten microseconds. */
const MESSAGE_COST_BYTES = 4 * 1024;

export interface ModelSocketOptions {
  /** How long a message may be. */
  readonly maxBytes: number;
  /** The memory for long messages. */
  readonly share: BodyShare;
  readonly review: Pick<MessageReview, 'begin' | 'review'>;
  /** Called if the upstream has no WebSocket there. */
  readonly onUnserved: () => void;
}

/** Statuses with which a server says that it has no WebSocket at a path. */
const UNSERVED = new Set([404, 405, 426, 501]);

/** The client's side of a WebSocket whose messages are read: one at a time, at the pace of the upstream. */
export class ModelSocket implements AcceptedSocket {
  readonly #near: Socket;
  readonly #messages: ClientMessages;
  readonly #fromUpstream = new FrameBoundary();
  #far: Socket | undefined;
  #first: ClientMessage | undefined;
  #firstSent: JsonBody | undefined;
  #onFirst: ((message: JsonBody) => void) | undefined;
  /** The memory that is taken for the message that comes. */
  #claimedBytes = 0;
  #isPumping = false;
  #isEnded = false;
  /** Whether the client has sent all that it will. */
  #hasLeft = false;
  #event: ErrorEvent | undefined;
  /** The payload of the client's own close frame. */
  #closing: Buffer | undefined;

  constructor(
    private readonly exchange: Exchange,
    private readonly options: ModelSocketOptions,
  ) {
    this.#near = exchange.request.socket;
    this.#messages = new ClientMessages(options.maxBytes);
    exchange.onStop((reason) => {
      this.#end(reason);
    });
  }

  /** @throws ProxyError `request-timeout`, `bad-websocket-message`, `body-too-large`, `too-busy`; ClientDisconnected */
  first(): Promise<JsonBody> {
    const { exchange } = this;
    exchange.timeouts?.awaitMessage(() => this.#messages.isBegun);
    return new Promise((resolve, reject) => {
      const over = exchange.onStop(reject);
      this.#onFirst = (message) => {
        over();
        exchange.timeouts?.endMessage();
        resolve(message);
      };
      this.#near.on('data', this.#onData).on('end', this.#onEnd).resume();
    });
  }

  sendFirst(message: JsonBody | undefined): void {
    this.#firstSent = message;
  }

  join(upstream: Socket): void {
    this.#far = upstream;
    upstream.on('data', (chunk: Buffer) => {
      this.#fromUpstream.push(chunk);
    });
    const first = this.#first;
    if (first) {
      const json = new JsonBody(first.payload);
      const sent = this.#firstSent ?? json;
      this.options.review.begin(json, sent, this.exchange.provider);
      upstream.write(this.#outgoing(first, sent));
    }
    this.#first = undefined;
    this.#firstSent = undefined;
    this.#releaseRoom();
    void this.#pump();
  }

  refuse(status: number, text: string | undefined): void {
    if (UNSERVED.has(status)) this.options.onUnserved();
    this.#event = errorEventIn(status, text);
    this.exchange.stop(new ProxyError('websocket-refused', { detail: `It responded with HTTP ${status}.` }));
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#messages.push(chunk);
    if (this.#claimedBytes > 0) this.options.share.fill(2 * chunk.length);
    if (!this.#isPumping) void this.#pump();
  };

  readonly #onEnd = (): void => {
    if (!this.#far) this.#near.destroy();
    else if (this.#isPumping) this.#hasLeft = true;
    else this.#far.end();
  };

  /** Until the upstream is there nothing is read beyond the first message, except what shows that the client leaves. */
  async #pump(): Promise<void> {
    this.#isPumping = true;
    this.#near.pause();
    try {
      while (!this.#isOver() && !this.#first) {
        await this.#makeRoom();
        const message = this.#messages.next();
        if (!message && !this.#messages.isInterrupted) break;
        await turnFor((message?.bytes.length ?? 0) + MESSAGE_COST_BYTES);
        if (message && !this.#isOver()) await this.#handle(message);
      }
    } catch (error) {
      this.exchange.stop(
        error instanceof ProxyError ? error : new ProxyError('proxy-error', { cause: error }),
      );
    }
    this.#isPumping = false;
    if (this.#hasLeft) this.#far?.end();
    if (!this.#first || !this.#messages.isBegun) this.#near.resume();
  }

  /** Not as a value: it changes during each wait. */
  #isOver(): boolean {
    return this.#isEnded;
  }

  /** Takes memory for a long message, or waits for it: for its bytes, and for its text without the mask. */
  async #makeRoom(): Promise<void> {
    const { share } = this.options;
    const bytes = 2 * this.#messages.announcedBytes;
    const missing = bytes - this.#claimedBytes;
    if (bytes < MIN_COUNTED_BYTES || missing <= 0) return;
    this.#claimedBytes = bytes;
    if (!share.take(missing, bytes)) await this.#waitForRoom(missing, bytes);
    share.stopReading();
    share.startReading();
  }

  #waitForRoom(bytes: number, ofBytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: { cancel?: () => void } = {};
      const over = this.exchange.onStop((reason) => {
        waiting.cancel?.();
        reject(reason);
      });
      if (this.exchange.failure) return;
      waiting.cancel = this.options.share.wait(bytes, ofBytes, (failure) => {
        over();
        if (failure) reject(failure);
        else resolve();
      });
    });
  }

  #releaseRoom(): void {
    if (this.#claimedBytes === 0) return;
    this.#claimedBytes = 0;
    this.options.share.reset();
  }

  async #handle(message: ClientMessage): Promise<void> {
    const far = this.#far;
    if (!far) await this.#handleFirst(message);
    else if (message.isControl) await write(far, message.bytes);
    else {
      const json = new JsonBody(message.payload);
      await write(far, this.#outgoing(message, this.options.review.review(json)));
      this.#releaseRoom();
    }
  }

  async #handleFirst(message: ClientMessage): Promise<void> {
    if (!message.isControl) {
      this.#first = message;
      this.options.share.stopReading();
      this.#onFirst?.(new JsonBody(message.payload));
    } else if (message.opcode === PING_OPCODE)
      await write(this.#near, serverFrame(PONG_OPCODE, message.payload)); // at the pace of a client that reads them
    else if (message.opcode === CLOSE_OPCODE) {
      this.#closing = message.payload;
      this.exchange.stop(new ClientDisconnected('the client closed its WebSocket before its first message'));
    }
  }

  /** The message's own bytes, unless its text was changed. */
  #outgoing({ opcode, bytes, payload, mask }: ClientMessage, sent: JsonBody): Buffer {
    return sent.bytes === payload ? bytes : clientFrame(opcode, sent.bytes, mask);
  }

  #end(reason: ProxyError | ClientDisconnected): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const near = this.#near;
    near.off('data', this.#onData).off('end', this.#onEnd);
    if (near.destroyed || !near.writable) near.destroy();
    else if (reason instanceof ClientDisconnected && !this.#closing) near.destroy();
    else if (!this.#fromUpstream.isBetweenMessages) near.resetAndDestroy();
    else sendLast(near, this.#lastFrames(reason));
  }

  #lastFrames(reason: ProxyError | ClientDisconnected): Buffer {
    if (reason instanceof ClientDisconnected)
      return serverFrame(CLOSE_OPCODE, this.#closing ?? Buffer.alloc(0));
    return lastFrames(reason, this.exchange, this.#event);
  }
}

/** Resolves at once, or in a later turn of the event loop if large bodies and messages have used this one up. */
function turnFor(bytes: number): Promise<void> {
  return new Promise((resolve) => {
    inTurn(bytes, resolve);
  });
}

/** Resolves when more can be written. */
async function write(socket: Socket, bytes: Buffer): Promise<void> {
  if (socket.write(bytes) || socket.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}
