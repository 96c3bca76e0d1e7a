import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** A TCP connection as TLS sees it, so that bytes can be written below TLS, and the end of TLS need not end TCP. */
export class BelowTls extends Duplex {
  keepsTcp = false;

  constructor(private readonly socket: Socket) {
    super({ allowHalfOpen: true });
    socket.on('data', (chunk: Buffer) => this.push(chunk));
    socket.on('end', () => this.push(null));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    // Everything is pushed as it arrives.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    if (!this.keepsTcp) this.socket.end();
    done();
  }
}
