import type { Socket } from 'node:net';
import { ipVersion } from '../../http/ip-version';
import { errorCode } from '../../errors/node-errors';
import { addressesOf, reached } from './name-lookup';

/** How long to wait for one address before the next is tried in parallel (RFC 8305 §5). */
const ATTEMPT_DELAY_MS = 250;
/**
 * Parallel attempts beyond the first of each connection, in the whole process. An unreachable provider with many
 * addresses must not use up the file descriptors, of which SCF gives 1,024.
 */
const MAX_SPARE_ATTEMPTS = 64;
let spareAttempts = 0;

/**
 * The idle time before the first TCP keep-alive probe; libuv then probes each second, and gives up after ten. The probes
 * detect a provider that vanished within a stream, and keep NAT devices from dropping the connection. A Node agent
 * probes after one second, which is a packet a second for as long as a model thinks, and over TLS only once the
 * connection is idle, because `tls.connect` does not have the option.
 */
export const KEEP_ALIVE_DELAY_MS = 30_000;

export interface ConnectOptions<S extends Socket> {
  /** A name or an address. */
  readonly host: string;
  /** The event after which a connection can be used: `secureConnect` over TLS. */
  readonly ready: 'connect' | 'secureConnect';
  /** For the lookup, all addresses and TLS together. */
  readonly limitMs: number;
  /** Starts to connect to one address. For TLS its options still name the host, as `servername`. */
  readonly connect: (address: string) => S;
}

/** A connection that is being opened. */
export interface Opening<S extends Socket> {
  /** Rejects with the error of the first address that failed, or with `ETIMEDOUT` after the limit. */
  readonly opened: Promise<S>;
  /** Gives the attempt up. Has no effect once the connection is open. */
  readonly cancel: () => void;
}

/**
 * Opens a connection to the address of a name that responds first (RFC 8305, Happy Eyeballs). Node does not: its
 * `autoSelectFamily` gives each address 250 ms, including the last, and ends that attempt before it starts the next, so
 * that a network on which a handshake takes longer never connects; and Node 18.15 tries the first address only. Here a
 * slow attempt continues in parallel with the next. The race is for the TCP connection; TLS starts on the winner.
 */
export function openConnection<S extends Socket>(options: ConnectOptions<S>): Opening<S> {
  const race = new Race(options);
  void race.start();
  return { opened: race.opened, cancel: () => race.cancel() };
}

class Race<S extends Socket> {
  readonly opened: Promise<S>;
  #resolve: (socket: S) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #over = false;
  /** The addresses that still have to be tried. */
  #addresses: string[] = [];
  #first: string | undefined;
  #delayMs = ATTEMPT_DELAY_MS;
  readonly #attempts = new Set<S>();
  #winner: S | undefined;
  #spare = 0;
  readonly #failures: unknown[] = [];
  #next: NodeJS.Timeout | undefined;
  readonly #limit: NodeJS.Timeout;

  constructor(private readonly options: ConnectOptions<S>) {
    this.opened = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#limit = setTimeout(() => {
      this.#fail(systemError('ETIMEDOUT', `no connection within ${options.limitMs} ms`));
    }, options.limitMs);
  }

  async start(): Promise<void> {
    const { host, limitMs } = this.options;
    if (ipVersion(host) === 0) {
      try {
        this.#addresses = [...(await addressesOf(host))];
      } catch (error) {
        this.#fail(error);
        return;
      }
    } else {
      this.#addresses = [host];
    }
    [this.#first] = this.#addresses;
    // With a short limit each address still has its turn.
    this.#delayMs = Math.min(ATTEMPT_DELAY_MS, limitMs / this.#addresses.length);
    this.#tryNext();
  }

  cancel(): void {
    this.#fail(new Error('the connection is not needed any more'));
  }

  #tryNext(): void {
    clearTimeout(this.#next);
    if (this.#over) return;
    if (this.#attempts.size === 0 || spareAttempts < MAX_SPARE_ATTEMPTS) {
      const address = this.#addresses.shift();
      if (address !== undefined) this.#try(address);
      else if (this.#attempts.size === 0) this.#fail(reasonOf(this.#failures));
    }
    if (this.#addresses.length > 0) {
      this.#next = setTimeout(() => {
        this.#tryNext();
      }, this.#delayMs);
    }
  }

  #try(address: string): void {
    let socket: S;
    try {
      socket = this.options.connect(address);
    } catch (error) {
      this.#fail(error); // the options are wrong, whatever the address
      return;
    }
    this.#attempts.add(socket);
    this.#countSpare();
    const failed = (error: unknown) => {
      this.#lose(socket, error);
    };
    const closed = () => {
      this.#lose(socket, systemError('ECONNRESET', 'closed before it was open'));
    };
    const opened = () => {
      socket.off('error', failed).off('close', closed); // or they would keep this object as long as the connection
      this.#end(socket);
    };
    socket.on('error', ignore).once('error', failed).once('close', closed);
    socket.once('connect', () => {
      if (this.#over) return;
      this.#win(socket, address);
      if (this.options.ready === 'connect') opened();
      else socket.once(this.options.ready, opened);
    });
  }

  #lose(socket: S, error: unknown): void {
    if (this.#over || !this.#attempts.delete(socket)) return;
    if (socket === this.#winner) {
      this.#fail(error); // TLS failed: the errors of the other addresses do not matter
      return;
    }
    this.#failures.push(error);
    this.#countSpare();
    this.#tryNext();
  }

  #win(socket: S, address: string): void {
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
    reached(this.options.host, address, address === this.#first);
    this.#winner = socket;
    this.#addresses = [];
    clearTimeout(this.#next);
    for (const other of this.#attempts) {
      if (other === socket) continue;
      this.#attempts.delete(other);
      other.destroy();
    }
    this.#countSpare();
  }

  #end(socket: S): void {
    if (this.#over) return;
    this.#attempts.delete(socket);
    this.#finish();
    this.#resolve(socket);
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#finish();
    this.#reject(error);
  }

  #finish(): void {
    this.#over = true;
    this.#addresses = [];
    clearTimeout(this.#limit);
    clearTimeout(this.#next);
    for (const socket of this.#attempts) socket.destroy();
    this.#attempts.clear();
    this.#countSpare();
  }

  #countSpare(): void {
    const spare = Math.max(0, this.#attempts.size - 1);
    spareAttempts += spare - this.#spare;
    this.#spare = spare;
  }
}

/** The attempts that lost may still fail, and the winner may fail before its user adds a listener. */
const ignore = () => undefined;

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** With the code of the first error, as in Node's own `AggregateError`. */
function reasonOf(failures: readonly unknown[]): unknown {
  if (failures.length === 1) return failures[0];
  const error = new AggregateError(failures, 'none of the addresses can be reached');
  return Object.assign(error, { code: errorCode(failures[0]) });
}
