import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

const MB = 1024 * 1024;
/** What an instance takes that holds no body at all, its code included. */
const RESTING_BYTES = 56 * MB;
const MIN_BODY_BYTES = 4 * MB;
/** A machine without a limit of its own is not this proxy's alone. */
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
    return /^\d{1,15}$/.test(text) ? Number(text) : undefined; // `max` where there is none
  } catch {
    return undefined;
  }
}

/**
 * The function's size as SCF's `X-Scf-Memory` tells it, in bytes; `undefined` if it is none of SCF's sizes (64 MB, or
 * a multiple of 128 MB).
 */
export function functionMemoryBytes(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || !/^\d{2,6}$/.test(header)) return undefined;
  const megabytes = Number(header);
  return megabytes === 64 || (megabytes >= 128 && megabytes % 128 === 0) ? megabytes * MB : undefined;
}

/**
 * How much of a memory limit request bodies may take together, in bytes. The other half is for what comes with them:
 * chunks on their way, copies that are not collected yet, buffers of TLS.
 */
export function bodyMemoryFor(limitBytes: number): number {
  return Math.min(MAX_BODY_BYTES, Math.max(MIN_BODY_BYTES, Math.floor((limitBytes - RESTING_BYTES) / 2)));
}
