import { ProxyError } from '../../../src/errors/proxy-error';
import type { FailureCode } from '../../../src/errors/failures';
import { gemini } from '../../../src/providers/gemini';
import { openai } from '../../../src/providers/openai';
import type { Provider } from '../../../src/providers/provider';
import { lastFrames } from '../../../src/proxy/sockets/last-frames';

const CLOSE = 0x88;
const TEXT = 0x81;

/** The frames: their first byte and their payload. */
function framesIn(bytes: Buffer): [first: number, payload: Buffer][] {
  const frames: [number, Buffer][] = [];
  for (let at = 0; at < bytes.length;) {
    const short = bytes.readUInt8(at + 1);
    const [start, length] = short < 126 ? [at + 2, short] : [at + 4, bytes.readUInt16BE(at + 2)];
    frames.push([bytes.readUInt8(at), bytes.subarray(start, start + length)]);
    at = start + length;
  }
  return frames;
}

const framesOf = (code: FailureCode, { dialect }: Provider) =>
  framesIn(lastFrames(new ProxyError(code), { requestId: 'req-1', dialect }));

it.each<[FailureCode, number, number]>([
  ['token-budget-spent', 429, 1013],
  ['body-too-large', 413, 1009],
  ['model-not-allowed', 403, 1008],
  ['bad-websocket-message', 400, 1002],
  ['upstream-cut', 502, 1011],
])('%s is an event with status %d, and closes with %d', (code, status, closeCode) => {
  const [[first, event] = [], [last, close] = [], ...more] = framesOf(code, openai);
  expect([first, last, more]).toEqual([TEXT, CLOSE, []]);
  expect(JSON.parse(event?.toString() ?? '')).toMatchObject({
    type: 'error',
    status,
    headers: { 'x-proxy-error': code },
  });
  expect([close?.readUInt16BE(), close?.toString('latin1', 2)]).toEqual([closeCode, code]);
});

it('an API without error events gets the close frame alone', () => {
  const [[first, close] = [], ...more] = framesOf('token-budget-spent', gemini);
  expect([first, close?.readUInt16BE(), close?.toString('latin1', 2), more]).toEqual([
    CLOSE,
    1013,
    'token-budget-spent',
    [],
  ]);
});

it('an event that is given takes the place of its own', () => {
  const { dialect } = openai;
  const event = { status: 400, error: { code: 'theirs' }, headers: {} };
  const [[, text] = []] = framesIn(
    lastFrames(new ProxyError('websocket-refused'), { requestId: 'req-1', dialect }, event),
  );
  expect(JSON.parse(text?.toString() ?? '')).toEqual({ type: 'error', ...event });
});
