import type { Model } from './model';
import type { Simulated } from './simulate';

/** Of one number of clients, without Redis and with it. */
export interface Pair {
  readonly alone: Simulated;
  readonly sharing: Simulated;
}

/** A Markdown table of all numbers of clients, and what follows from it. */
export function simulationReport(model: Model, pairs: readonly Pair[]): string {
  const rows = pairs.map(({ alone, sharing }) => {
    const { memory, requests, traffic } = alone.usdPerHour;
    return [
      alone.clients.toLocaleString('en-US'),
      rounded(alone.chatsPerSecond),
      rounded(alone.streams),
      String(alone.instances),
      rounded(alone.coldStartsPerHour),
      `${rounded(100 * alone.cpuShare)} %`,
      `${rounded(100 * alone.quotaShare)} %`,
      rounded(alone.overshoot),
      rounded(sharing.overshoot),
      sharing.redisCommandsPerSecond.toFixed(0),
      `${rounded(memory)} + ${rounded(requests)} + ${rounded(traffic)}`,
    ];
  });
  const head = [
    'clients',
    'chats a second',
    'streams open',
    'instances',
    'cold starts an hour',
    'CPU in use',
    'quota of the region',
    'a limit, alone',
    'with Redis',
    'commands of Redis a second',
    'USD an hour: memory + requests + traffic',
  ];
  return [
    `| ${head.join(' | ')} |`,
    `|${head.map(() => ' ---: |').join('')}`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    ...conclusions(model, pairs),
  ].join('\n');
}

/** What gives out first, and what to do then. */
function conclusions(model: Model, pairs: readonly Pair[]): string[] {
  const largest = pairs[pairs.length - 1];
  if (!largest) return [];
  const { alone, sharing } = largest;
  return [
    `- **CPU**: ${alone.clients.toLocaleString('en-US')} clients take ${rounded(100 * alone.cpuShare)} % of what their instances have${
      alone.cpuShare > model.assumptions.usableCpu
        ? `: more than the ${100 * model.assumptions.usableCpu} % at which streams begin to wait. Lower \`maxConcurrency\` to ${Math.floor(
            (model.maxConcurrency * model.assumptions.usableCpu) / alone.cpuShare,
          )}, or take twice the memory.`
        : '.'
    }`,
    `- **Quota**: one region holds about ${thousands(alone.clients / alone.quotaShare)} clients. Beyond that take a second region, or ask Tencent for more.`,
    `- **Redis**: one, with ${thousands(model.redisCommandsPerSecond)} commands a second, serves about ${thousands(
      (alone.clients * model.redisCommandsPerSecond) / sharing.redisCommandsPerSecond,
    )} clients. Beyond that take one for each region: limits then hold for each region.`,
    `- **Limits without Redis** hold for each instance: a token that asks without end has its limit as many times as there are instances, here up to the ${rounded(
      model.runaway.asksPerMinute / model.runaway.rpm,
    )} times that it asks for. From the second instance on, take a Redis if limits matter.`,
    `- **Money**: traffic is most of it, and costs the same on every host that charges for it.`,
    `- **Cold starts**: ${rounded(alone.coldStartsPerHour)} in a steady hour, since an instance that is in use does not end. They come with bursts and after pauses; SCF’s provisioned concurrency is for those who mind.`,
  ];
}

function rounded(value: number): string {
  if (value === 0) return '0';
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(2)));
}

function thousands(value: number): string {
  const digits = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return (Math.round(value / digits) * digits).toLocaleString('en-US');
}
