import { IncomingMessage } from 'node:http';
import { SmallChunks } from '../proxy/body/small-chunks';

/**
 * A request whose body waits in few pieces. Node counts the bytes that nobody reads yet, not their chunks: 64 KB in chunks
 * of one byte take some 10 MB, and twenty such requests all the memory of a small instance.
 */
export class JoiningRequest extends IncomingMessage {
  #waiting: SmallChunks | undefined;

  override push(chunk: Buffer | null): boolean {
    if (chunk === null) this.#waiting?.flush();
    else if (this.readableLength > 0) {
      this.#waiting ??= new SmallChunks((bytes) => super.push(bytes));
      this.#waiting.add(chunk);
      return this.readableLength + this.#waiting.bytes < this.readableHighWaterMark;
    }
    return super.push(chunk);
  }

  /** Each reader calls it, also one of `data` events. With 0 it only asks for more to be received. */
  override read(size?: number): unknown {
    if (size !== 0) this.#waiting?.flush();
    return super.read(size);
  }
}
