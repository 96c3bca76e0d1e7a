import { EventEmitter } from 'node:events';
import type { BodySink } from '../../src/proxy/body/body';

/** An upstream that takes all it gets. */
export class Sink extends EventEmitter implements BodySink {
  destroyed = false;
  writableEnded = false;
  writableFinished = false;
  text = '';

  write(bytes: Buffer): boolean {
    this.text += bytes.toString();
    return true;
  }

  end(bytes?: Buffer): void {
    if (bytes) this.write(bytes);
    this.writableEnded = true;
  }

  /** All of it was handed to the system. */
  finish(): void {
    this.writableFinished = true;
    this.emit('finish');
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}
