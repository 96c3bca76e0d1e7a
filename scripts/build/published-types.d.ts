import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** What the proxy is made from. */
export interface HandlerOptions {
  /**
   * The proxy's variables by name (`OPENAI_API_KEYS`, `ACCESS_TOKENS`, …), such as `process.env`. Nothing else is read:
   * neither the environment nor a file. `PORT`, `HOST` and `SHUTDOWN_DELAY` have no effect.
   */
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Takes the log, one line a call: a JSON object and a newline, without any secret. If it is not given, lines are written
   * to standard output.
   */
  readonly log?: ((line: string) => void) | undefined;
}

/** A proxy for any HTTP server of Node. */
export interface Handler {
  /** For `http.createServer(listener)`, or for `app.use('/llm', listener)` before whatever parses bodies. */
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void;
  /**
   * For `server.on('upgrade', upgrade)`: relays WebSockets. Of several users of that event each must take its own requests
   * only.
   */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /**
   * Relays nothing new; requests that run may end within `SHUTDOWN_GRACE`, and get an error then. Resolves when all have
   * ended, and nothing of the proxy keeps the process running. Every call returns the same promise.
   */
  readonly close: () => Promise<void>;
}

/** The variables do not make a configuration: every problem at once, each with its remedy. */
export declare class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]);
}

/**
 * Makes a proxy. Several may be in one process, each with variables of its own.
 * @throws ConfigError
 */
export declare function createHandler(options: HandlerOptions): Handler;
