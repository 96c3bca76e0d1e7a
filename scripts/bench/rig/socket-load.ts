import { connect, type Socket } from 'node:net';
import { clientFrame, serverFrame, TEXT_OPCODE } from '../../../src/proxy/sockets/masked-frame';
import { monotonicMs } from './clock';
import { percentile } from './statistics';

/** The result of a closed loop of messages over WebSockets. */
export interface SocketLoad {
  /** Messages whose echo has come. */
  readonly echoes: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** What failed, each kind once. */
  readonly problems: readonly string[];
}

const MASK = Buffer.from([0x12, 0x34, 0x56, 0x78]);
const OPEN_MS = 10_000;
const HEAD_END = '\r\n\r\n';

/** WebSockets that each send the same message as soon as they have the echo of the one before. */
export class SocketCrowd {
  private readonly sockets: EchoSocket[];

  private constructor(sockets: EchoSocket[]) {
    this.sockets = sockets;
  }

  /** @throws Error if one of them is not accepted in time */
  static async open(
    port: number,
    upgrade: Buffer,
    { sockets: count, message }: { readonly sockets: number; readonly message: string },
  ): Promise<SocketCrowd> {
    const sockets = Array.from({ length: count }, () => new EchoSocket(port, upgrade, message));
    const crowd = new SocketCrowd(sockets);
    try {
      await Promise.all(sockets.map((socket) => socket.accepted));
    } catch (error) {
      crowd.close();
      throw error;
    }
    return crowd;
  }

  /** For a while; none sends another message after that. */
  async load(durationMs: number): Promise<SocketLoad> {
    const started = monotonicMs();
    const latencies: number[] = [];
    await Promise.all(this.sockets.map((socket) => socket.exchange(started + durationMs, latencies)));
    const seconds = (monotonicMs() - started) / 1_000;
    return {
      echoes: latencies.length,
      perSecond: latencies.length / seconds,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      problems: [...new Set(this.sockets.flatMap(({ problem }) => problem ?? []))],
    };
  }

  close(): void {
    for (const socket of this.sockets) socket.close();
  }
}

class EchoSocket {
  readonly accepted: Promise<void>;
  problem: string | undefined;
  private readonly socket: Socket;
  private readonly frame: Buffer;
  private readonly echo: Buffer;
  private received: Buffer[] = [];
  private bytes = 0;
  private isOpen = false;
  private onEcho: () => void = () => undefined;

  constructor(port: number, upgrade: Buffer, message: string) {
    const payload = Buffer.from(message);
    this.frame = clientFrame(TEXT_OPCODE, payload, MASK);
    this.echo = serverFrame(TEXT_OPCODE, payload);
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('error', (error) => this.failed(error.message));
    this.socket.on('close', () => this.failed('a WebSocket was closed'));
    this.accepted = this.upgrade(upgrade);
  }

  /** Sends messages until the time is over, or it has failed. */
  async exchange(endMs: number, latencies: number[]): Promise<void> {
    while (monotonicMs() < endMs) {
      const sentMs = monotonicMs();
      if (!(await this.echoed())) return;
      latencies.push(monotonicMs() - sentMs);
    }
  }

  close(): void {
    this.onEcho = () => undefined;
    this.problem ??= 'it was closed here';
    this.socket.destroy();
  }

  /** Sends one message. @returns whether its echo has come; not if the WebSocket has failed */
  private async echoed(): Promise<boolean> {
    if (this.hasFailed) return false;
    await new Promise<void>((resolve) => {
      this.onEcho = resolve;
      this.socket.write(this.frame);
    });
    return !this.hasFailed;
  }

  private get hasFailed(): boolean {
    return this.problem !== undefined;
  }

  private upgrade(request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.failed('no response to an upgrade in time');
      }, OPEN_MS);
      this.socket.once('close', () => clearTimeout(late));
      this.onEcho = () => {
        clearTimeout(late);
        if (this.problem === undefined) resolve();
        else reject(new Error(this.problem));
      };
      this.socket.on('data', (chunk: Buffer) => this.onData(chunk));
      this.socket.write(request);
    });
  }

  private onData(chunk: Buffer): void {
    this.received.push(chunk);
    this.bytes += chunk.length;
    if (!this.isOpen) this.onHead();
    else if (this.bytes >= this.echo.length) this.onWholeEcho();
  }

  private onHead(): void {
    const head = Buffer.concat(this.received).toString('latin1');
    if (!head.includes(HEAD_END)) return;
    this.received = [];
    this.bytes = 0;
    if (!head.startsWith('HTTP/1.1 101 '))
      this.failed(`an upgrade got ${head.slice(0, 40).split('\r\n')[0] ?? ''}`);
    else if (!head.endsWith(HEAD_END)) this.failed('bytes came before a message was sent');
    else {
      this.isOpen = true;
      this.onEcho();
    }
  }

  private onWholeEcho(): void {
    const [only = this.echo] = this.received;
    const echo = this.received.length === 1 ? only : Buffer.concat(this.received);
    this.received = [];
    this.bytes = 0;
    if (echo.equals(this.echo)) this.onEcho();
    else this.failed('an echo was not what was sent');
  }

  private failed(problem: string): void {
    this.problem ??= problem;
    this.onEcho();
    this.socket.destroy();
  }
}
