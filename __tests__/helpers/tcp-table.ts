import { readFileSync } from 'node:fs';

/** Linux alone has it. */
const TCP_TABLE = '/proc/net/tcp';
const JIFFIES_PER_SECOND = 100;

export const SYN_SENT = '02';
export const KEEP_ALIVE_TIMER = '02';

/** A connection over IPv4 as the kernel has it. */
export interface TcpEntry {
  readonly localPort: number;
  readonly remotePort: number;
  readonly state: string;
  /** The kind of timer that runs for it, and for how long still. */
  readonly timer: string;
  readonly timerSeconds: number;
}

export function tcpTable(): readonly TcpEntry[] {
  const lines = readFileSync(TCP_TABLE, 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => {
    const [, local = '', remote = '', state = '', , timer = ''] = line.trim().split(/\s+/);
    const [kind = '', left = ''] = timer.split(':');
    return {
      localPort: portOf(local),
      remotePort: portOf(remote),
      state,
      timer: kind,
      timerSeconds: parseInt(left, 16) / JIFFIES_PER_SECOND,
    };
  });
}

const portOf = (address: string) => parseInt(address.split(':')[1] ?? '', 16);

/** What only the kernel's table shows is tested where there is one. */
export const onLinux = process.platform === 'linux' ? it : it.skip;
