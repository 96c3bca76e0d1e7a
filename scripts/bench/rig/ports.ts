import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Started } from './processes';

const LISTEN_MS = 15_000;

/**
 * Waits until a process listens.
 * @throws Error with what it wrote to stderr if it ends instead, or takes too long
 */
export async function listening(port: number, by: Started): Promise<void> {
  const end = Date.now() + LISTEN_MS;
  while (Date.now() < end) {
    if (by.child.exitCode !== null || by.child.signalCode !== null)
      throw new Error(`it ended before it listened: ${by.stderr().trim()}`);
    if (await accepts(port)) return;
    await sleep(5);
  }
  throw new Error(`it did not listen within ${LISTEN_MS / 1_000} s: ${by.stderr().trim()}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
