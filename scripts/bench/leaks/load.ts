import type { Socket } from 'node:net';
import type { Behaviour } from './upstream';
import { CHAT_PATH } from '../rig/messages';
import { open, requestBytes } from '../rig/request';

/** What clients send, and the statuses that they may get. */
interface Kind {
  readonly behaviour: Behaviour;
  readonly token?: string;
  readonly statuses: readonly number[];
  /** Whether the connection may end before the response does. */
  readonly cut?: boolean;
}

export const TOKEN = 'leaks-token-0123456789';
const POOL_IS_BUSY = 429; // every key may be cooling or on trial for a moment

/** Sent in turn, so that a third of all is plain. */
const MIX: readonly Kind[] = [
  { behaviour: 'plain', statuses: [200, POOL_IS_BUSY] },
  { behaviour: 'stream', statuses: [200, POOL_IS_BUSY] },
  { behaviour: 'plain', statuses: [200, POOL_IS_BUSY] },
  { behaviour: 'failing', statuses: [500, POOL_IS_BUSY] },
  { behaviour: 'plain', token: 'not-the-token', statuses: [401, 429] },
  { behaviour: 'stream', statuses: [200, POOL_IS_BUSY] },
  { behaviour: 'plain', statuses: [200, POOL_IS_BUSY] },
  { behaviour: 'refusing', statuses: [400, POOL_IS_BUSY] },
  { behaviour: 'cut', statuses: [200, POOL_IS_BUSY], cut: true },
];

const CLIENTS = 32;

/** The result of a load: how often each status was received. */
export type Statuses = Map<number | 'left' | 'cut', number>;

/**
 * Sends a number of requests of all kinds.
 * @throws Error if one gets an unexpected status
 */
export async function sendMixed(port: number, count: number, statuses: Statuses): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const client = new Client(port);
      while (next < count) {
        const at = next++;
        const kind = MIX[at % MIX.length] ?? MIX[0];
        if (!kind) break;
        const status = await client.ask(request(port, kind.behaviour, at, kind.token));
        if (status === 'cut' ? kind.cut !== true : !kind.statuses.includes(status))
          throw new Error(`"${kind.behaviour}" got status ${status}`);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
      client.leave();
    }),
  );
}

/** When clients disconnect: while they send, while they wait for the head, or with the first chunk. */
const LEAVING = ['sending', 'waiting', 'reading'] as const;
const WAIT_MS = 10;

/** Opens a number of streams and disconnects from each before its end. */
export async function abort(port: number, count: number, statuses: Statuses): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (next < count) {
        const at = next++;
        await abortOne(port, at, LEAVING[at % LEAVING.length] ?? 'reading');
        statuses.set('left', (statuses.get('left') ?? 0) + 1);
      }
    }),
  );
}

function abortOne(port: number, at: number, when: (typeof LEAVING)[number]): Promise<void> {
  return new Promise((resolve) => {
    const leave = () => socket.destroy();
    const socket = open(port, { onHead: () => undefined, onBody: leave, onEnd: leave }, () => resolve());
    const whole = request(port, when === 'waiting' ? 'mute' : 'endless', at);
    socket.write(when === 'sending' ? whole.subarray(0, whole.length - 10) : whole);
    if (when !== 'reading') setTimeout(leave, WAIT_MS);
  });
}

/** Every request names another model: what is kept for each must be bounded. */
function request(port: number, behaviour: Behaviour, at: number, token = TOKEN): Buffer {
  const streams = behaviour === 'plain' ? {} : { stream: true };
  const messages = [{ role: 'user', content: `Good morning, for the ${at}th time!` }];
  const body = JSON.stringify({ model: `leaks-${behaviour}-${at}`, ...streams, messages });
  return requestBytes({ port, token }, CHAT_PATH, body);
}

/** One connection, opened again if it was closed. */
class Client {
  private socket: Socket | undefined;
  private status = 0;
  private resolve: (status: number | 'cut') => void = () => undefined;

  constructor(private readonly port: number) {}

  ask(bytes: Buffer): Promise<number | 'cut'> {
    return new Promise((resolve) => {
      this.resolve = resolve;
      this.socket ??= open(this.port, this, () => {
        this.socket = undefined;
        this.resolve('cut');
      });
      this.socket.write(bytes);
    });
  }

  leave(): void {
    this.socket?.destroy();
  }

  onHead(status: number): void {
    this.status = status;
  }

  onBody(): void {
    // The content does not matter.
  }

  onEnd(): void {
    this.resolve(this.status);
  }
}
