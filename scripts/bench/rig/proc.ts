import { readFileSync, readdirSync, writeFileSync } from 'node:fs';

/**
 * What Linux reports of a process in `/proc/<pid>`. The kernel's clock ticks are 10 ms on every known Linux; the
 * scheduler's own account is in nanoseconds and therefore preferred.
 */
const TICKS_PER_SECOND = 100;

/** Memory of a process, in bytes. */
export interface Memory {
  readonly resident: number;
  /** The maximum that was resident since the start, or since `resetPeak`. */
  readonly peak: number;
}

/** CPU seconds by both accounts: `ticks` is coarse but whole, `schedule` fine but without threads that have ended. */
export interface CpuSeconds {
  readonly ticks: number;
  readonly schedule: number;
}

/** utime + stime from `/proc/<pid>/stat`, in seconds. The command's name may hold spaces and brackets. */
export function parseStat(text: string): number {
  return secondsOf(text, 11);
}

/** The same for its children that have ended. */
export function parseStatOfEnded(text: string): number {
  return secondsOf(text, 13);
}

function secondsOf(stat: string, field: number): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[field]) + Number(fields[field + 1])) / TICKS_PER_SECOND;
}

/**
 * What processes used of some cores since the start, from `/proc/stat`: user, nice and system. Interrupts are left
 * out, because they belong to no process.
 * @param wanted all cores by default
 */
export function parseCoreSeconds(
  text: string,
  wanted?: readonly number[],
): { readonly seconds: number; readonly cores: number } {
  const lines = [...text.matchAll(/^cpu(\d+) (\d+) (\d+) (\d+)/gm)].filter(
    ([, core]) => wanted === undefined || wanted.includes(Number(core)),
  );
  const ticks = lines.flatMap(([, , ...columns]) => columns.map(Number)).reduce((sum, each) => sum + each, 0);
  return { seconds: ticks / TICKS_PER_SECOND, cores: lines.length };
}

/** Nanoseconds on a CPU from a `schedstat` file, in seconds. */
export function parseScheduleStat(text: string): number {
  return Number(text.split(' ')[0]) / 1e9;
}

/** `VmRSS` and `VmHWM` from `/proc/<pid>/status`. */
export function parseStatus(text: string): Memory {
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
  return { resident: bytes('VmRSS'), peak: bytes('VmHWM') };
}

/** `0-2,5` of `Cpus_allowed_list` as single numbers. */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(',')
    .flatMap((part) => {
      const [first = NaN, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

/** CPU time that a process has used, all threads together. */
export function readCpu(pid: number): CpuSeconds {
  const tasks = `/proc/${pid}/task`;
  const schedule = readdirSync(tasks)
    .map((task) => textOf(`${tasks}/${task}/schedstat`)) // a thread may end in between
    .reduce((sum, text) => sum + (text === undefined ? 0 : parseScheduleStat(text)), 0);
  return { ticks: parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8')), schedule };
}

/** CPU seconds between two readings: the fine account, unless threads have ended, whose share it lacks. */
export function cpuBetween(before: CpuSeconds, after: CpuSeconds): number {
  const ticks = after.ticks - before.ticks;
  const schedule = after.schedule - before.schedule;
  return ticks - schedule > 0.05 ? ticks : schedule;
}

export function readMemory(pid: number): Memory {
  return parseStatus(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

/** Resets the peak to what is resident now. */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
