import { entryOf } from '../logs/entry';
import { recordsFrom, type LogSource } from '../logs/sources';
import { requestUsageOf, type RequestUsage } from './request-usage';

/**
 * Reads what the log says of requests, from `fromMs` on.
 * @returns how many lines cannot be read
 * @throws as `recordsFrom`
 */
export async function readRequests(
  source: Omit<LogSource, 'follow'>,
  onRequest: (request: RequestUsage) => void,
): Promise<number> {
  const { fromMs } = source;
  let malformedLines = 0;
  const records = await recordsFrom({ ...source, follow: undefined });
  for await (const record of records) {
    const entry = entryOf(record);
    if (!entry) continue;
    if (fromMs !== undefined && entry.timeMs !== undefined && entry.timeMs < fromMs) continue;
    const request = requestUsageOf(entry);
    if (request) onRequest(request);
    else if (entry.kind === 'text' || (entry.kind === 'event' && entry.fields['msg'] === 'request'))
      malformedLines++;
  }
  return malformedLines;
}
