import { geminiDialect } from '../../dialects/gemini';
import { openaiDialect } from '../../dialects/openai';
import { headerIn, type RawHeaders } from '../../http/filter-headers';
import { isEventStream } from '../../http/media-type';
import { decoderOf } from '../../http/stream-decoder';
import { LiveMeter } from '../../meter/frames/live-meter';
import { SessionMeter } from '../../meter/frames/session-meter';
import { SetupReader } from '../../meter/frames/setup-reader';
import { UNMETERED, meterFor } from '../../meter/meter';
import { Tap } from '../../meter/tap';
import type { Metering } from '../../meter/usage';
import type { Exchange } from '../exchange/exchange';
import type { BufferedResponse } from '../upstream/buffered-response';

/** Headers in which providers and their clouds name a request, the most telling first. */
const REQUEST_ID_HEADERS = new Map(
  [
    ...['x-request-id', 'request-id', 'apim-request-id', 'x-ms-request-id', 'x-amzn-requestid'],
    ...['x-siliconcloud-trace-id', 'msh-request-id', 'x-ds-trace-id', 'x-goog-request-id', 'cf-ray'],
  ].map((name, rank) => [name, rank]),
);
const ID_LENGTHS = new Set([...REQUEST_ID_HEADERS.keys()].map(({ length }) => length));
/** Of plain characters, and no longer than any real one. */
const REQUEST_ID = /^[\w.:/=+-]{1,128}$/;

/** The head of a provider's response. */
interface ResponseHead {
  readonly statusCode?: number | undefined;
  /** Not Node's `headers`, which it makes of these when they are first read. */
  readonly rawHeaders: RawHeaders;
  /** Its `Content-Type`; '' if it has none. */
  readonly type: string;
  /** Its `Content-Encoding`. */
  readonly encoding: string | undefined;
}

/** The meter of an exchange's response; without a tap if there is nothing to read. */
export interface ExchangeMeter {
  readonly tap: Tap | undefined;
  /** The same, if `push` does nothing but to push to it. */
  readonly directTap: Tap | undefined;
  push(chunk: Buffer): void;
  /**
   * All of the response has come. Without this it counts as cut when it closes.
   * @param onText called once the tap has all of the text
   */
  finish(onText?: () => void): void;
}

/** Notes of a response for the log what its head tells, and, when it is over, what it used. */
export function meterExchange(
  exchange: Exchange,
  { statusCode = 502, rawHeaders, type, encoding = '' }: ResponseHead,
): ExchangeMeter {
  const { record, path, provider, request } = exchange;
  record.upstreamRequestId = requestIdIn(rawHeaders);
  if (statusCode < 400) record.isStream = isEventStream(type) || path.includes(':streamGenerateContent');
  const meter = meterFor({
    method: request.method ?? 'GET',
    path,
    status: statusCode,
    contentType: type,
    contentEncoding: encoding,
    traits: provider.usageTraits,
  });
  if (!meter) return isEventStream(type) ? keepEnd(exchange, encoding) : NO_METER;
  let isOver = false;
  const finish = (isComplete: () => boolean) => {
    if (isOver) return;
    isOver = true;
    const metering = meter.finish(isComplete);
    if (!(metering instanceof Promise)) {
      record.metering = metering;
      meter.release();
      return;
    }
    record.meteringEnds = metering.then((late) => {
      record.metering = late;
      meter.release();
    });
  };
  exchange.onClose(() => {
    finish(() => false);
  });
  return {
    tap: meter.tap,
    directTap: meter.directTap,
    push: (chunk) => {
      meter.push(chunk);
    },
    finish: (onText) => {
      finish(() => {
        onText?.();
        return !record.streamFailed;
      });
    },
  };
}

const NO_METER: ExchangeMeter = {
  tap: undefined,
  directTap: undefined,
  push: () => undefined,
  finish: () => undefined,
};

/** Of an event stream that cannot have used anything the end is read all the same: it may tell a failure. */
function keepEnd(exchange: Exchange, encoding: string): ExchangeMeter {
  const tap = new Tap({ isEventStream: true });
  const decoder = decoderOf(encoding, (bytes) => {
    tap.push(bytes);
  });
  let isOver = false;
  const release = () => {
    decoder?.release();
    tap.release();
  };
  exchange.onClose(() => {
    if (!isOver) release();
  });
  return {
    tap,
    directTap: decoder ? undefined : tap,
    push: (chunk) => {
      decoder?.push(chunk);
    },
    finish: (onText) => {
      isOver = true;
      const end = () => {
        onText?.();
        release();
      };
      const decoding = decoder?.finish();
      if (decoding) exchange.record.meteringEnds = decoding.then(end);
      else end();
    },
  };
}

/** Does the same for a response that was read whole. */
export function meterBuffered(
  exchange: Exchange,
  { status, headers, rawHeaders, bytes }: BufferedResponse,
): void {
  const type = headers['content-type'] ?? '';
  const encoding = headers['content-encoding'];
  const meter = meterExchange(exchange, { statusCode: status, rawHeaders, type, encoding });
  meter.push(bytes);
  meter.finish();
}

/** OpenAI's APIs over WebSocket. */
const READ_SESSIONS = /\/(?:realtime|responses)$/;
/** Gemini's Live API, and Vertex AI's. */
const LIVE = /[./]BidiGenerateContent(?:Constrained)?$/;

/** The meter of a WebSocket. */
export interface TunnelMeter {
  /** Takes a copy of what the upstream sends. */
  push(chunk: Buffer): void;
  /** Takes a copy of what the client sends, and returns whether more is wanted; `undefined` if that is not read. */
  readonly pushRequest?: (chunk: Buffer) => boolean;
  /** Whether a frame of the proxy's own may stand behind what has come. */
  readonly isBetweenMessages: boolean;
  /** What is known of all responses. */
  metering(): Metering;
  /** What is known of those that are over. */
  meteringOfEnded(): Metering;
}

/**
 * Does the same for a WebSocket; `undefined` if its frames are not read: they are compressed, or of another form.
 * @param onEnded called when a response is over
 */
export function meterTunnel(
  { record, path, provider }: Exchange,
  { rawHeaders }: Pick<ResponseHead, 'rawHeaders'>,
  onEnded: () => void,
): TunnelMeter | undefined {
  record.upstreamRequestId = requestIdIn(rawHeaders);
  record.isStream = true;
  record.metering = UNMETERED;
  if (headerIn(rawHeaders, 'sec-websocket-extensions') !== undefined) return undefined;
  if (provider.dialect === openaiDialect)
    return READ_SESSIONS.test(path) ? new SessionMeter(onEnded) : undefined;
  if (provider.dialect !== geminiDialect || !LIVE.test(path)) return undefined;
  const meter = new LiveMeter(onEnded);
  const setup = new SetupReader((model) => {
    record.model ??= model;
  });
  return {
    push: (chunk) => {
      meter.push(chunk);
    },
    pushRequest: (chunk) => setup.push(chunk),
    get isBetweenMessages() {
      return meter.isBetweenMessages;
    },
    metering: () => meter.metering(),
    meteringOfEnded: () => meter.meteringOfEnded(),
  };
}

/** The provider's id of a request, if it is a plain one. */
export function requestIdIn(rawHeaders: RawHeaders): string | undefined {
  let found: string | undefined;
  let best = Infinity;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const rank = ID_LENGTHS.has(name.length)
      ? (REQUEST_ID_HEADERS.get(name.toLowerCase()) ?? Infinity)
      : Infinity;
    const value = rawHeaders[at + 1] ?? '';
    if (rank >= best || !REQUEST_ID.test(value)) continue;
    best = rank;
    found = value;
  }
  return found;
}
