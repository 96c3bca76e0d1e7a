import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

const MB = 1024 * 1024;
/** The memory of an instance without any bodies, including its code. */
const RESTING_BYTES = 56 * MB;
const MIN_BODY_BYTES = 4 * MB;
/** On a machine without a memory limit other processes need memory too. */
const MAX_BODY_BYTES = 1024 * MB;

/** The memory that this process may take, in bytes: its cgroup's limit (v1 or v2), else the machine's memory. */
export function memoryLimitBytes(): number {
  const limits = [process.constrainedMemory(), cgroup2Limit()].filter(
    (bytes): bytes is number => bytes !== undefined && bytes > 0,
  );
  return Math.min(totalmem(), ...limits); // no limit is 2^63 or 2^64
}

/** libuv reads it only from version 1.45 on, and Node 18 has an older one. */
function cgroup2Limit(): number | undefined {
  try {
    const text = readFileSync('/sys/fs/cgroup/memory.max', 'utf8').trim();
    return /^\d{1,15}$/.test(text) ? Number(text) : undefined; // `max` means no limit
  } catch {
    return undefined;
  }
}

/**
 * The function's memory size from SCF's `X-Scf-Memory`, in bytes; `undefined` if it is not one of SCF's sizes (64 MB, or
 * a multiple of 128 MB).
 */
export function functionMemoryBytes(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || !/^\d{2,6}$/.test(header)) return undefined;
  const megabytes = Number(header);
  return megabytes === 64 || (megabytes >= 128 && megabytes % 128 === 0) ? megabytes * MB : undefined;
}

/**
 * How much of a memory limit all request bodies together may use, in bytes. The other half is for chunks in transit,
 * copies that are not collected yet and TLS buffers.
 */
export function bodyMemoryFor(limitBytes: number): number {
  return Math.min(MAX_BODY_BYTES, Math.max(MIN_BODY_BYTES, Math.floor((limitBytes - RESTING_BYTES) / 2)));
}
