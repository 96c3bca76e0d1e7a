import type { Figures } from './figures';

export interface Prices {
  readonly perGigabyteSecond: { readonly value: number };
  readonly perRequest: { readonly value: number };
  readonly perOutboundGigabyte: { readonly value: number };
}

export interface Chat {
  readonly promptBytes: number;
  readonly chunks: number;
  readonly seconds: number;
  readonly responseBytes: number;
  readonly overheadBytes: number;
}

export interface Assumptions {
  readonly coresPerGigabyte: number;
  readonly usableMemory: number;
  readonly usableCpu: number;
}

export interface Instance {
  readonly memoryMegabytes: number;
  /** Streams open at a time, on average, while the instance has any. */
  readonly streams: number;
}

/** The cost of a number of chats, by item, in the prices' currency. */
export interface Bill {
  readonly memory: number;
  readonly requests: number;
  readonly traffic: number;
  readonly total: number;
}

export interface Needs {
  readonly residentMegabytes: number;
  readonly cores: number;
}

/** The bill, or why such an instance is too small. */
export type Estimate =
  | { readonly enough: true; readonly needs: Needs; readonly bill: Bill }
  | { readonly enough: false; readonly needs: Needs; readonly lacking: readonly ('memory' | 'CPU')[] };

const GIGABYTE = 1e9;
const MEGABYTES_PER_GIGABYTE = 1_024;

/**
 * SCF bills an instance's memory for as long as it has at least one request, so streams that overlap share it; each
 * request; and outbound traffic: the response to the client, and the prompt to the provider.
 */
export function estimate(
  chats: number,
  instance: Instance,
  { chat, prices, figures, assumptions }: Inputs,
): Estimate {
  const gigabytes = instance.memoryMegabytes / MEGABYTES_PER_GIGABYTE;
  const needs = needsOf(instance.streams, chat, figures);
  const lacking = [
    ...(needs.residentMegabytes > instance.memoryMegabytes * assumptions.usableMemory
      ? (['memory'] as const)
      : []),
    ...(needs.cores > gigabytes * assumptions.coresPerGigabyte * assumptions.usableCpu
      ? (['CPU'] as const)
      : []),
  ];
  if (lacking.length > 0) return { enough: false, needs, lacking };
  const memory = ((chats * chat.seconds) / instance.streams) * gigabytes * prices.perGigabyteSecond.value;
  const requests = chats * prices.perRequest.value;
  const outbound = chats * (chat.responseBytes + chat.promptBytes + chat.overheadBytes);
  const traffic = (outbound / GIGABYTE) * prices.perOutboundGigabyte.value;
  return { enough: true, needs, bill: { memory, requests, traffic, total: memory + requests + traffic } };
}

export interface Inputs {
  readonly chat: Chat;
  readonly prices: Prices;
  readonly figures: Figures;
  readonly assumptions: Assumptions;
}

/** What a number of concurrent streams needs of an instance. */
export function needsOf(streams: number, chat: Chat, figures: Figures): Needs {
  const microsPerChat = figures.cpuMicrosPerRequest + chat.chunks * figures.cpuMicrosPerChunk;
  return {
    residentMegabytes: figures.residentMegabytes + streams * figures.residentMegabytesPerStream,
    cores: (streams * microsPerChat) / 1e6 / chat.seconds,
  };
}
