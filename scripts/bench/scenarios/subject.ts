import { freePort } from '../../shared/loopback';
import { listening } from '../rig/ports';
import { start, type Started } from '../rig/processes';
import type { Target } from '../rig/request';
import type { Prepared, UpstreamAddress } from '../peers/peer';

/** A proxy, or the upstream itself, that a scenario may start and send to. */
export interface Subject {
  /** Starts it, without waiting until it listens. */
  launch(): Promise<Running>;
}

export interface Running {
  readonly target: Target;
  /** Absent if there is no proxy. */
  readonly process?: Started;
  stop(): Promise<void>;
}

export function proxySubject(
  prepared: Prepared,
  upstream: UpstreamAddress,
  core: number | undefined,
): Subject {
  return {
    async launch() {
      const port = await freePort();
      const process = await start(prepared.command(port, upstream), core);
      return { target: { port, ...prepared.client?.(upstream) }, process, stop: () => process.stop() };
    },
  };
}

/** No proxy: the clients connect to the upstream. */
export function directSubject(port: number): Subject {
  return { launch: () => Promise.resolve({ target: { port }, stop: () => Promise.resolve() }) };
}

/** Starts it, uses it once it listens, and ends it. */
export async function whileRunning<T>(subject: Subject, work: (running: Running) => Promise<T>): Promise<T> {
  const running = await subject.launch();
  try {
    if (running.process) await listening(running.target.port, running.process);
    return await work(running);
  } finally {
    await running.stop();
  }
}
