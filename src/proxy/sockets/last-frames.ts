import { openaiDialect } from '../../dialects/openai';
import type { ProxyError } from '../../errors/proxy-error';
import type { Exchange } from '../exchange/exchange';
import { closeCodeOf, errorEventOf, eventText } from './error-event';
import { TEXT_OPCODE, closeFrame, serverFrame } from './masked-frame';

/** The frames that end a WebSocket: an event that tells why, where its API has one, and a close frame. */
export function lastFrames(
  reason: ProxyError,
  { requestId, dialect }: Pick<Exchange, 'requestId' | 'dialect'>,
  event = errorEventOf(reason, requestId),
): Buffer {
  const close = closeFrame(closeCodeOf(reason), reason.code);
  if (dialect !== openaiDialect) return close;
  return Buffer.concat([serverFrame(TEXT_OPCODE, Buffer.from(eventText(event))), close]);
}
