import { monotonicMs } from '../../clock/monotonic';
import type { Connection, ConnectionOwner } from './connection';

/** How long a connection may be idle, in ms, and how many of an origin may be. */
export interface PoolLimits {
  readonly idleMs: number;
  readonly maxIdle: number;
}

/** How often connections that have been idle for too long are closed. */
const SWEEP_MS = 5_000;
/** Before the time at which the server says that it closes an idle connection. */
const MARGIN_MS = 1_000;

interface Idle {
  readonly connection: Connection;
  readonly expiresAtMs: number;
}

/** The open connections, by the names of their origins. */
export class ConnectionPool implements ConnectionOwner {
  readonly #idle = new Map<string, Idle[]>();
  readonly #busy = new Map<string, number>();
  #sweeping: NodeJS.Timeout | undefined;

  constructor(private readonly limits: PoolLimits) {}

  /** Connections of an origin that are in use, or being opened. */
  busy(name: string): number {
    return this.#busy.get(name) ?? 0;
  }

  /** One more is in use. */
  count(name: string, by: 1 | -1): void {
    this.#busy.set(name, this.busy(name) + by);
  }

  /** The connection that was used last, which is the least likely to have been closed; it counts as in use then. */
  take(name: string): Connection | undefined {
    const idle = this.#idle.get(name);
    for (let last = idle?.pop(); last; last = idle?.pop()) {
      const { connection, expiresAtMs } = last;
      // After a pause of the whole process, in which no timer ran, it may have expired.
      if (connection.canServe && monotonicMs() < expiresAtMs) {
        connection.socket.ref();
        connection.isInUse = true;
        this.count(name, 1);
        return connection;
      }
      connection.socket.destroy();
    }
    return undefined;
  }

  onFree(connection: Connection, announcedMs: number): void {
    const { name, socket } = connection;
    connection.isInUse = false;
    this.count(name, -1);
    let idle = this.#idle.get(name);
    if (!idle) this.#idle.set(name, (idle = []));
    const idleMs = Math.min(this.limits.idleMs, announcedMs - MARGIN_MS);
    if (idle.length >= this.limits.maxIdle || idleMs <= 0) {
      socket.destroy();
      return;
    }
    socket.unref();
    idle.push({ connection, expiresAtMs: monotonicMs() + idleMs });
    this.#sweepLater();
  }

  onGone(connection: Connection): void {
    if (connection.isInUse) {
      this.count(connection.name, -1);
      return;
    }
    const idle = this.#idle.get(connection.name) ?? [];
    const at = idle.findIndex((one) => one.connection === connection);
    if (at !== -1) idle.splice(at, 1);
  }

  /** Closes the idle connections of the origins that a test names. */
  close(isMeant: (name: string) => boolean): void {
    for (const [name, idle] of this.#idle)
      if (isMeant(name)) for (const { connection } of [...idle]) connection.socket.destroy();
  }

  /** Closes what has been idle for too long. What remains is looked at again, as long as there is any. */
  readonly #sweep = (): void => {
    this.#sweeping = undefined;
    const nowMs = monotonicMs();
    let isEmpty = true;
    for (const idle of this.#idle.values()) {
      for (const { connection, expiresAtMs } of idle) {
        if (nowMs >= expiresAtMs) connection.socket.destroy();
        else isEmpty = false;
      }
    }
    if (!isEmpty) this.#sweepLater();
  };

  #sweepLater(): void {
    if (this.#sweeping) return;
    this.#sweeping = setTimeout(this.#sweep, Math.min(SWEEP_MS, this.limits.idleMs)).unref();
  }
}
