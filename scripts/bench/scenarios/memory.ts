import { setTimeout as sleep } from 'node:timers/promises';
import { CHAT_PATH, chatBody, streamModel } from '../rig/messages';
import { readMemory } from '../rig/proc';
import { ask, requestBytes } from '../rig/request';
import { slope } from '../rig/statistics';
import { OpenStream } from '../rig/stream-load';
import type { Scenario } from './scenario';
import { whileRunning } from './subject';

const MIB = 1024 * 1024;
const SETTLE_MS = 700;

/** The memory of open, silent streams, as while a model thinks. The upstream uses TLS, as real ones do. */
export const MEMORY: Scenario = {
  name: 'memory',
  title: 'memory, open silent streams, TLS upstream',
  overTls: true,
  alsoDirect: false,
  inQuick: true,
  figures: [
    { key: 'restMib', title: 'at rest', unit: 'MiB', digits: 1 },
    { key: 'with100Mib', title: 'with 100 streams', unit: 'MiB', digits: 1 },
    { key: 'perStreamKib', title: 'per stream', unit: 'KiB', digits: 1 },
  ],
  measure: (subject, extent) =>
    whileRunning(subject, async ({ target, process }) => {
      const pid = process?.pid ?? 0;
      const response = await ask(target.port, requestBytes(target, CHAT_PATH, chatBody()));
      const resident = async () => {
        await sleep(SETTLE_MS);
        return readMemory(pid).resident;
      };
      const rest = await resident();
      const request = requestBytes(target, CHAT_PATH, chatBody(streamModel(1, 'silent')));
      const streams: OpenStream[] = [];
      const points: [streams: number, bytes: number][] = [];
      for (const count of extent === 'quick' ? [100, 200] : [100, 200, 300, 400, 500]) {
        while (streams.length < count) {
          const stream = new OpenStream(target.port, request);
          streams.push(stream);
          if (streams.length % 10 === 0) await stream.begun;
        }
        await Promise.all(streams.map((stream) => stream.begun));
        points.push([count, await resident()]);
      }
      const cut = streams.filter(({ chunks, problem }) => chunks !== 1 || problem !== undefined).length;
      for (const stream of streams) stream.close();
      return {
        figures: {
          restMib: rest / MIB,
          with100Mib: (points[0]?.[1] ?? NaN) / MIB,
          perStreamKib: slope(points) / 1_024,
        },
        problems: [
          ...(response.status === 200 ? [] : [`status ${response.status}`]),
          ...(cut === 0 ? [] : [`${cut} of ${streams.length} streams were cut`]),
        ],
      };
    }),
};
