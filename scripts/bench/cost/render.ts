import { estimate, type Estimate, type Inputs, type Instance } from './cost';
import { FIGURES } from './figures';
import {
  ASSUMPTIONS,
  BASIC_PACKAGE,
  MEMORY_MEGABYTES,
  PRICES,
  STREAMS_PER_INSTANCE,
  TYPICAL_CHAT,
} from './prices';

const CHATS = 1_000_000;

const INPUTS: Inputs = {
  chat: TYPICAL_CHAT,
  prices: PRICES,
  figures: FIGURES,
  assumptions: ASSUMPTIONS,
};

/** The instance of the README's one sentence. */
const TYPICAL_INSTANCE: Instance = { memoryMegabytes: 128, streams: 10 };

/** The README's sentence. @throws Error if the typical instance is too small for its streams */
export function costSummary(): string {
  const estimated = estimate(CHATS, TYPICAL_INSTANCE, INPUTS);
  if (!estimated.enough) throw new Error('Choose a larger typical instance: this one is too small.');
  const { memory, requests, traffic, total } = estimated.bill;
  return `An estimate: **${money(total)} ${PRICES.currency} for ${count(CHATS)} chats** of ${TYPICAL_CHAT.chunks} chunks over ${TYPICAL_CHAT.seconds} s each, with ${TYPICAL_INSTANCE.memoryMegabytes} MB and ${TYPICAL_INSTANCE.streams} streams open in an instance. Of that, ${money(memory)} are instance time, ${money(requests)} requests and ${money(traffic)} outbound traffic.`;
}

/**
 * The section of docs/performance.md: what a million chats cost. Made of constants alone, so it is the same on every
 * machine.
 */
export function costSection(): string {
  const instances = MEMORY_MEGABYTES.flatMap((memoryMegabytes) =>
    STREAMS_PER_INSTANCE.map((streams) => ({ memoryMegabytes, streams })),
  );
  const rows = instances.map((instance) => row(instance, estimate(CHATS, instance, INPUTS)));
  return [
    `What ${count(CHATS)} chats cost on SCF, in ${PRICES.currency}, without tax and without what the basic package includes: each of ${count(TYPICAL_CHAT.promptBytes)} bytes of prompt and ${TYPICAL_CHAT.chunks} chunks over ${TYPICAL_CHAT.seconds} s, ${count(TYPICAL_CHAT.responseBytes)} bytes of response.`,
    [
      '| Memory | Streams an instance | Needs | Instance time | Requests | Traffic | Total |',
      '| --: | --: | --- | --: | --: | --: | --: |',
      ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    ].join('\n'),
    notes().join('\n'),
  ].join('\n\n');
}

function row({ memoryMegabytes, streams }: Instance, estimated: Estimate): readonly string[] {
  const { residentMegabytes, cores } = estimated.needs;
  const needs = `${Math.ceil(residentMegabytes)} MB, ${cores.toFixed(3)} of a core`;
  const head = [`${memoryMegabytes} MB`, String(streams), needs];
  if (!estimated.enough) return [...head, '–', '–', '–', `not enough ${estimated.lacking.join(' and ')}`];
  const { memory, requests, traffic, total } = estimated.bill;
  return [...head, money(memory), money(requests), money(traffic), `**${money(total)}**`];
}

function notes(): readonly string[] {
  const { perGigabyteSecond, perRequest, perOutboundGigabyte, basicPackagePerDay, currency } = PRICES;
  const price = (value: number) => `${Number(value.toPrecision(3))} ${currency}`;
  const million = price(perRequest.value * 1e6);
  return [
    `- Prices, from copies of Tencent's documents read on ${PRICES.seen} ([today's](${PRICES.page})): ${perGigabyteSecond.value} ${currency} a GB-second, ${million} a million requests ([SCF](${perGigabyteSecond.source})); ${perOutboundGigabyte.value} ${currency} a GB of traffic in Singapore ([SCF by region](${perOutboundGigabyte.source})), elsewhere: ${perOutboundGigabyte.elsewhere}. Free for three months; from then on ${basicPackagePerDay.value} ${currency} a day, with ${count(BASIC_PACKAGE.requests)} requests, ${count(BASIC_PACKAGE.gigabyteSeconds)} GB-seconds and ${BASIC_PACKAGE.outboundGigabytes} GB of traffic a month ([basic package](${BASIC_PACKAGE.source})).`,
    `- Measured ${FIGURES.measured}: ${FIGURES.residentMegabytes} MB resident, Node's own program file included, and ${kilobytes()} KB more for each open stream; ${FIGURES.cpuMicrosPerRequest} µs of CPU a request and ${FIGURES.cpuMicrosPerChunk} µs a chunk, on one core of the machine that measured.`,
    `- Assumed, since no source says so: a function has ${ASSUMPTIONS.coresPerGigabyte} core for each GB of memory and less in proportion, as fast as the one that measured; all that is resident counts as its memory; it may fill ${percent(ASSUMPTIONS.usableMemory)} of its memory and ${percent(ASSUMPTIONS.usableCpu)} of its CPU; streams that overlap in one instance share its time; responses through a Function URL are charged as outbound traffic.`,
    `- How many streams share an instance is an assumption too, until somebody has measured it on SCF: \`maxConcurrency\` permits 100, but the platform decides. \`npm run doctor -- URL --admin-token … --streams 100\` [measures it](operations.md#streams-an-instance).`,
    `- Not in it: the log. SCF writes it to CLS, which bills it by itself, in its own prices for traffic, index and storage.`,
  ];
}

function kilobytes(): number {
  return Math.round(FIGURES.residentMegabytesPerStream * 1_000);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function money(value: number): string {
  return value.toFixed(2);
}
