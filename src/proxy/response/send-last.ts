import type { Socket } from 'node:net';

/** How long what was sent last may take to arrive. */
const LINGER_MS = 2_000;

/** Sends a client the last bytes that it gets. What it still sends is read a little longer, or it would lose them to a reset. */
export function sendLast(near: Socket, bytes: Buffer): void {
  near.end(bytes);
  const timer = setTimeout(() => {
    near.destroy();
  }, LINGER_MS);
  near
    .once('end', () => near.destroySoon())
    .once('close', () => {
      clearTimeout(timer);
    })
    .resume();
}
