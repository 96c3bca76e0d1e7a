/**
 * What SCF's own error responses mean, and what to do: https://www.tencentcloud.com/document/product/583/35311. The proxy
 * responds with none of them by itself, except 429.
 */
const PLATFORM_STATUSES: Readonly<Record<number, string>> = {
  402: 'Tencent has suspended SCF for this account, usually for an unpaid bill: pay it.',
  405: 'The function ended while it started: its log says why.',
  406: 'The request was larger than SCF accepts (6 MB): send less, or upload in parts.',
  407: 'The response was larger than SCF accepts: request a stream, or less at once.',
  410: 'The account has no balance: top it up.',
  429: 'More instances were needed at once than SCF starts in a minute: try again, or raise maxConcurrency in serverless.yml.',
  432: 'The account’s quota of concurrency in this region is used up: raise maxConcurrency in serverless.yml, or ask Tencent for more.',
  433: 'The function reached its time limit: raise inputs.timeout in serverless.yml, up to 900.',
  434: 'The function used all its memory: raise inputs.memorySize in serverless.yml.',
  435: 'There is no such function any more: deploy again.',
  438: 'The function was not ready: wait until it is Active.',
  439: 'The function ended while it responded: its log says why.',
  446: 'The function did not listen on port 9000: its log says why.',
};

/** What a status of SCF's means; `undefined` if it is none of SCF's. */
export function platformRemedy(status: number): string | undefined {
  return PLATFORM_STATUSES[status];
}
