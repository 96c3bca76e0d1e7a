import type { IncomingHttpHeaders } from 'node:http';
import { UNMETERED, meterFor } from '../../meter/meter';
import type { Tap } from '../../meter/tap';
import type { Metering } from '../../meter/usage';
import type { Exchange } from '../exchange/exchange';
import { isEventStream } from '../upstream/first-event';

/** Headers in which providers and their clouds name a request, the most telling first. */
const REQUEST_ID_HEADERS = [
  ...['x-request-id', 'request-id', 'apim-request-id', 'x-ms-request-id', 'x-amzn-requestid'],
  ...['x-siliconcloud-trace-id', 'msh-request-id', 'x-ds-trace-id', 'x-goog-request-id', 'cf-ray'],
];
/** Of plain characters, and no longer than any real one. */
const REQUEST_ID = /^[\w.:/=+-]{1,128}$/;

/** The head of a provider's response. */
interface ResponseHead {
  readonly statusCode?: number | undefined;
  readonly headers: IncomingHttpHeaders;
}

interface WholeResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** The meter of an exchange's response; without a tap if there is nothing to read. */
export interface ExchangeMeter {
  readonly tap: Tap | undefined;
  push(chunk: Buffer): void;
  /** All of the response has come. Without this it counts as cut when it closes. */
  finish(): void;
}

/** Notes of a response for the log what its head tells, and, when it is over, what it used. */
export function meterExchange(
  exchange: Exchange,
  { statusCode = 502, headers }: ResponseHead,
  { type, eventStream }: { readonly type: string; readonly eventStream: boolean },
): ExchangeMeter {
  const { record, path, provider, request } = exchange;
  record.upstreamRequestId = requestIdIn(headers);
  if (statusCode < 400) record.isStream = eventStream || path.includes(':streamGenerateContent');
  const meter = meterFor({
    method: request.method ?? 'GET',
    path,
    status: statusCode,
    contentType: type,
    contentEncoding: headers['content-encoding'] ?? '',
    traits: provider.usageTraits,
  });
  if (!meter) return { tap: undefined, push: () => undefined, finish: () => undefined };
  let isOver = false;
  const finish = (isComplete: boolean) => {
    if (isOver) return;
    isOver = true;
    const metering = meter.finish(isComplete);
    if (!(metering instanceof Promise)) {
      record.metering = metering;
      meter.release();
      return;
    }
    record.meteringEnds = metering.then((late: Metering) => {
      record.metering = late;
      meter.release();
    });
  };
  exchange.onClose(() => {
    finish(false);
  });
  return {
    tap: meter.tap,
    push: (chunk) => {
      meter.push(chunk);
    },
    finish: () => {
      finish(!record.streamFailed);
    },
  };
}

/** Does the same for a response that was read whole. */
export function meterBuffered(exchange: Exchange, { status, headers, bytes }: WholeResponse): void {
  const type = headers['content-type'] ?? '';
  const meter = meterExchange(
    exchange,
    { statusCode: status, headers },
    { type, eventStream: isEventStream(type) },
  );
  meter.push(bytes);
  meter.finish();
}

/** Does the same for a WebSocket, whose frames are not read. */
export function meterTunnel({ record }: Exchange, { headers }: ResponseHead): void {
  record.upstreamRequestId = requestIdIn(headers);
  record.isStream = true;
  record.metering = UNMETERED;
}

/** The provider's id of a request, if it is a plain one. */
export function requestIdIn(headers: IncomingHttpHeaders): string | undefined {
  for (const name of REQUEST_ID_HEADERS) {
    const value = headers[name];
    if (typeof value === 'string' && REQUEST_ID.test(value)) return value;
  }
  return undefined;
}
