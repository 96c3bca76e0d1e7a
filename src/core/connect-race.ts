import { isIP, type Socket } from 'node:net';
import { errorCode } from '../errors';
import { addressesOf, reached } from './name-lookup';

/** How long one address is waited for before the next is tried beside it (RFC 8305 §5). */
const ATTEMPT_DELAY_MS = 250;
/**
 * Connections under way beyond each one's first, of the whole process. A provider that cannot be reached must not take
 * its number of addresses times the file descriptors, of which SCF gives 1,024.
 */
const MAX_SPARE_ATTEMPTS = 64;
let spareAttempts = 0;

/**
 * How long neither side says anything before TCP asks whether the other is there; libuv then asks each second, and gives
 * up after ten. It finds out that a provider vanished within a stream, and keeps what is between from forgetting the
 * connection. An agent of Node's asks after a second, which is a packet a second for as long as a model thinks, and over
 * TLS not before the connection is idle, since `tls.connect` does not know the option.
 */
export const KEEP_ALIVE_DELAY_MS = 30_000;

export interface ConnectOptions<S extends Socket> {
  /** A name or an address. */
  readonly host: string;
  /** When a connection can be used: `secureConnect` over TLS. */
  readonly ready: 'connect' | 'secureConnect';
  /** For all of it: the lookup, every address, and TLS. */
  readonly limitMs: number;
  /** Begins to connect to one address. For TLS its options name the host all the same, as `servername`. */
  readonly connect: (address: string) => S;
}

/** A connection that is being opened. */
export interface Opening<S extends Socket> {
  /** Rejects with what the first address that failed failed with, or `ETIMEDOUT` past the limit. */
  readonly opened: Promise<S>;
  /** Nobody wants it any more. Means nothing once it is open. */
  readonly cancel: () => void;
}

/**
 * Opens a connection to whichever of a name's addresses answers first (RFC 8305, Happy Eyeballs). Node does not: its
 * `autoSelectFamily` gives each address 250 ms, the last included, and ends that attempt before it begins the next, so
 * that a line on which a handshake takes longer than that never connects; and Node 18.15 tries the first address only.
 * Here a slow attempt goes on beside the next. The race is for the TCP connection; TLS begins on the one that won it.
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
  /** Those that still have to be tried. */
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
    if (isIP(host) === 0) {
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
    // Where there is less time, each address has its turn all the same.
    this.#delayMs = Math.min(ATTEMPT_DELAY_MS, limitMs / this.#addresses.length);
    this.#tryNext();
  }

  cancel(): void {
    this.#fail(new Error('nobody waits for the connection any more'));
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
      socket.off('error', failed).off('close', closed); // or they would keep all this as long as the connection
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
      this.#fail(error); // TLS failed: what befell the other addresses does not matter
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

/** Attempts that lost may still fail, and so may the one that won before its user listens. */
const ignore = () => undefined;

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** With the code of the first, as Node's own has it. */
function reasonOf(failures: readonly unknown[]): unknown {
  if (failures.length === 1) return failures[0];
  const error = new AggregateError(failures, 'none of the addresses can be reached');
  return Object.assign(error, { code: errorCode(failures[0]) });
}
