import { SOCKET_MESSAGE, SOCKET_PATH } from '../rig/messages';
import { upgradeBytes } from '../rig/request';
import { SocketCrowd } from '../rig/socket-load';
import { account } from './account';
import { warmUp } from './chats';
import type { Scenario } from './scenario';
import { whileRunning } from './subject';

/** A message through a WebSocket and its echo: two messages for the proxy. */
export const SOCKET_MESSAGES: Scenario = {
  name: 'websocket',
  title: '1 KB messages over 32 WebSockets, each echoed',
  overTls: false,
  alsoDirect: true,
  needs: 'relaysWebSockets',
  inQuick: false,
  figures: [
    { key: 'cpuUs', title: 'CPU per message and echo', unit: 'µs', digits: 1, compared: 'ratio' },
    { key: 'perSecond', title: 'messages per second', unit: '', digits: 0 },
    { key: 'p50Ms', title: 'added latency p50', unit: 'ms', digits: 2, compared: 'added' },
    { key: 'p99Ms', title: 'added latency p99', unit: 'ms', digits: 2, compared: 'added' },
  ],
  measure: (subject, extent) =>
    whileRunning(subject, async (running) => {
      const { target } = running;
      await warmUp(target);
      const crowd = await SocketCrowd.open(target.port, upgradeBytes(target, SOCKET_PATH), {
        sockets: 32,
        message: SOCKET_MESSAGE,
      });
      try {
        await crowd.load(500);
        const durationMs = extent === 'quick' ? 500 : 1_500;
        const [result, { cpuSeconds }] = await account(running, () => crowd.load(durationMs));
        const { echoes, problems, ...measured } = result;
        return { figures: { ...measured, cpuUs: (cpuSeconds / echoes) * 1e6 }, problems };
      } finally {
        crowd.close();
      }
    }),
};
