import { entryOf } from '../logs/entry';
import { recordsFrom, regionsOf, type LogSource } from '../logs/sources';
import { requestUsageOf, type RequestUsage } from './request-usage';

/**
 * Reads what the log says of requests, from `fromMs` on; that of a function in several regions, one region after the other.
 * @returns how many lines cannot be read
 * @throws as `recordsFrom`
 */
export async function readRequests(
  source: Omit<LogSource, 'follow' | 'region' | 'note'>,
  onRequest: (request: RequestUsage) => void,
): Promise<number> {
  let malformedLines = 0;
  for (const region of regionsOf(source))
    malformedLines += await readRegion({ ...source, region }, onRequest);
  return malformedLines;
}

async function readRegion(
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
