import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../rig/clock';
import { CHAT_PATH, chatBody } from '../rig/messages';
import { ask, requestBytes } from '../rig/request';
import type { Scenario } from './scenario';
import type { Running } from './subject';

const START_MS = 15_000;

/** From the start of the process to the first response of the upstream that it relays. */
export const COLD_START: Scenario = {
  name: 'cold',
  title: 'cold start: from the spawn to the first relayed response',
  overTls: false,
  alsoDirect: false,
  inQuick: true,
  leastRounds: 10,
  figures: [{ key: 'firstMs', title: 'time', unit: 'ms', digits: 0, compared: 'ratio' }],
  async measure(subject) {
    const spawned = monotonicMs();
    const running = await subject.launch();
    try {
      const status = await firstResponse(running, spawned + START_MS);
      const firstMs = monotonicMs() - spawned;
      return { figures: { firstMs }, problems: status === 200 ? [] : [`status ${status}`] };
    } finally {
      await running.stop();
    }
  },
};

async function firstResponse({ target, process }: Running, endMs: number): Promise<number> {
  const request = requestBytes(target, CHAT_PATH, chatBody());
  for (;;) {
    try {
      return (await ask(target.port, request)).status;
    } catch (error) {
      const isGone = process !== undefined && process.child.exitCode !== null;
      if (isGone || monotonicMs() > endMs) throw error;
      await sleep(1);
    }
  }
}
