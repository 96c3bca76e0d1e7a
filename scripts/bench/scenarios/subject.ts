import { freePort, listening } from '../lib/ports';
import { start, type Started } from '../lib/processes';
import type { Target } from '../lib/request';
import type { Prepared, UpstreamAddress } from '../peers/peer';

/** A proxy, or the upstream itself, that a scenario may start and send to. */
export interface Subject {
  /** Starts it, and does not wait until it listens. */
  launch(): Promise<Running>;
}

export interface Running {
  readonly target: Target;
  /** Absent where there is no proxy. */
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
      return { target: { port, ...prepared.caller?.(upstream) }, process, stop: () => process.stop() };
    },
  };
}

/** No proxy: the callers speak to the upstream. */
export function directSubject(port: number): Subject {
  return { launch: () => Promise.resolve({ target: { port }, stop: () => Promise.resolve() }) };
}

/** Starts it, works with it once it listens, and ends it. */
export async function whileRunning<T>(subject: Subject, work: (running: Running) => Promise<T>): Promise<T> {
  const running = await subject.launch();
  try {
    if (running.process) await listening(running.target.port, running.process);
    return await work(running);
  } finally {
    await running.stop();
  }
}
