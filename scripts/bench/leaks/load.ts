import type { Socket } from 'node:net';
import type { Behaviour } from './upstream';
import { CHAT_PATH } from '../rig/messages';
import { open, requestBytes } from '../rig/request';

/** Units of a load, numbered on through all loads, so that none repeats what an earlier one sent. */
export interface Range {
  readonly from: number;
  readonly count: number;
}

/** What clients send, and the statuses that they may get. */
interface Kind {
  /** Of the request with this number. */
  readonly model: (at: number) => string;
  readonly streams: boolean;
  readonly token?: string;
  readonly statuses: readonly number[];
  /** Whether the connection may end before the response does. */
  readonly cut?: boolean;
}

export const TOKEN = 'leaks-token-0123456789';
/** Every key may be cooling or on trial for a moment. */
const POOL_IS_BUSY = 429;
/** More of them would mean that something else is measured than what the table says. */
const MAX_BUSY_SHARE = 0.05;

/** Models of chains whose first provider fails: see `configuration`. */
export const CHAINS = { plain: 'leaks-chain', stream: 'leaks-chain-stream' } as const;

/** Sent in turn, so that a third of all is plain. */
const MIXED: readonly Kind[] = [
  chat('plain', [200]),
  chat('stream', [200]),
  chat('plain', [200]),
  chat('failing', [500]),
  { ...chat('plain', [401, 429]), token: 'not-the-token' },
  chat('stream', [200]),
  chat('plain', [200]),
  chat('refusing', [400]),
  { ...chat('cut', [200, 502]), cut: true }, // 502 if that is seen before the first event
];

/** A key is refused, or the first provider of a chain, with a status or in the first event of a stream. */
const FAILING_OVER: readonly Kind[] = [
  chat('once', [200]),
  { model: () => CHAINS.plain, streams: false, statuses: [200] },
  { model: () => CHAINS.stream, streams: true, statuses: [200] },
];

/** Every request names another model: what is kept for each must be bounded. */
function chat(behaviour: Behaviour, statuses: readonly number[]): Kind {
  const streams = behaviour !== 'plain' && behaviour !== 'once';
  return { model: (at) => modelOf(behaviour, at), streams, statuses };
}

const CLIENTS = 32;

/** Calls `one` for each number of the range, for several at once. */
export async function inTurn(
  { from, count }: Range,
  makeOne: () => { one(at: number): Promise<void>; end?(): void },
): Promise<void> {
  let next = from;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const client = makeOne();
      while (next < from + count) await client.one(next++);
      client.end?.();
    }),
  );
}

/** @throws Error if a request gets an unexpected status */
export const sendMixed = (port: number, range: Range): Promise<void> => send(port, range, MIXED);

/** @throws Error if a request gets an unexpected status */
export const sendFailingOver = (port: number, range: Range): Promise<void> => send(port, range, FAILING_OVER);

async function send(port: number, range: Range, kinds: readonly Kind[]): Promise<void> {
  let busy = 0;
  await inTurn(range, () => {
    const client = new Client(port);
    return {
      async one(at) {
        const kind = kinds[at % kinds.length] ?? kinds[0];
        if (!kind) return;
        const model = kind.model(at);
        const status = await client.ask(request(port, { model, streams: kind.streams, at }, kind.token));
        if (status === 'cut' ? kind.cut : kind.statuses.includes(status)) return;
        if (status !== POOL_IS_BUSY) throw new Error(`"${model}" got status ${status}`);
        busy++;
      },
      end: () => client.leave(),
    };
  });
  if (busy > CLIENTS + range.count * MAX_BUSY_SHARE)
    throw new Error(`${busy} of ${range.count} requests got status ${POOL_IS_BUSY}: they measure nothing.`);
}

/** When clients disconnect: while they send, while they wait for the head, or with the first chunk. */
const LEAVING = ['sending', 'waiting', 'reading'] as const;
const WAIT_MS = 10;

/** Opens streams and disconnects from each before its end. */
export function abort(port: number, range: Range): Promise<void> {
  return inTurn(range, () => ({
    one: (at) => abortOne(port, at, LEAVING[at % LEAVING.length] ?? 'reading'),
  }));
}

function abortOne(port: number, at: number, when: (typeof LEAVING)[number]): Promise<void> {
  return new Promise((resolve) => {
    const leave = () => socket.destroy();
    const socket = open(port, { onHead: () => undefined, onBody: leave, onEnd: leave }, () => resolve());
    const model = modelOf(when === 'waiting' ? 'mute' : 'endless', at);
    const whole = request(port, { model, streams: true, at });
    socket.write(when === 'sending' ? whole.subarray(0, whole.length - 10) : whole);
    if (when !== 'reading') setTimeout(leave, WAIT_MS);
  });
}

/** The form of a model's name that tells the upstream what to do. */
export function modelOf(behaviour: Behaviour, at: number): string {
  return `leaks-${behaviour}-${at}`;
}

/** A chat, ready for the wire. */
export function request(
  port: number,
  { model, streams, at }: { readonly model: string; readonly streams: boolean; readonly at: number },
  token = TOKEN,
): Buffer {
  const messages = [{ role: 'user', content: `Good morning, for the ${at}th time!` }];
  const body = JSON.stringify({ model, ...(streams ? { stream: true } : {}), messages });
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
