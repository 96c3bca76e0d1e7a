import { Socket } from 'node:net';
import StandaloneConnector, {
  type StandaloneConnectionOptions,
} from 'ioredis/built/connectors/StandaloneConnector.js';
import { openTls, openTo } from '../proxy/connect/open-to';

const CONNECT_LIMIT_MS = 2_000;

/** Connects to Redis as to a provider: to whichever address of its host name responds first. */
export class RacingConnector extends StandaloneConnector {
  #cancel: () => void = () => undefined;

  /** @param options ioredis's connection options; its type for connector constructors is `unknown` */
  constructor(options: unknown) {
    super(options as StandaloneConnectionOptions);
  }

  override async connect(report: (type: string, error: Error) => void): Promise<Socket> {
    const { path, family = 0, tls } = this.options;
    // A socket file, or a URL that selects one address family.
    if (path !== undefined || family !== 0) return super.connect(report);
    this.connecting = true;
    const opening = open(this.options, tls);
    this.#cancel = opening.cancel;
    try {
      const socket = await opening.opened;
      if (this.#isWanted()) return (this.stream = socket);
      socket.destroy();
    } catch (error) {
      // ioredis reconnects after a destroyed stream, but never after a rejection.
      if (this.#isWanted()) {
        this.firstError = error instanceof Error ? error : new Error(String(error));
        return (this.stream = new Socket().destroy());
      }
    }
    throw new Error('Connection is closed.');
  }

  #isWanted(): boolean {
    return this.connecting;
  }

  override disconnect(): void {
    super.disconnect();
    this.#cancel();
  }
}

function open({ host = 'localhost', port = 6379 }: StandaloneConnectionOptions, tls: unknown) {
  const place = { hostname: host, port };
  if (!tls) return openTo({ ...place, protocol: 'http:' }, CONNECT_LIMIT_MS);
  return openTls(place, CONNECT_LIMIT_MS, typeof tls === 'object' ? tls : {}); // `true` from a rediss:// URL
}
