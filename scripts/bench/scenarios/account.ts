import { cpuBetween, readCpu, readMemory, resetPeak } from '../rig/proc';
import type { Running } from './subject';

/** What a piece of work cost the proxy. All 0 if there is no proxy. */
export interface Cost {
  readonly cpuSeconds: number;
  /** The maximum that was resident, less what was resident before, in bytes. */
  readonly growth: number;
}

/** Does the work and measures the proxy during it. */
export async function account<T>({ process }: Running, work: () => Promise<T>): Promise<[T, Cost]> {
  if (!process) return [await work(), { cpuSeconds: 0, growth: 0 }];
  resetPeak(process.pid);
  const { resident } = readMemory(process.pid);
  const before = readCpu(process.pid);
  const result = await work();
  const cpuSeconds = cpuBetween(before, readCpu(process.pid));
  return [result, { cpuSeconds, growth: readMemory(process.pid).peak - resident }];
}
