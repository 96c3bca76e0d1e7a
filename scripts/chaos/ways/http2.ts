import {
  CONTINUATION,
  DATA,
  END_HEADERS,
  GOAWAY,
  HEADERS,
  PUSH_PROMISE,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
  frame,
  literal,
  numbers,
} from '../upstream/frames';
import { STATUS_200 } from '../upstream/healthy';
import type { Moment, Scene, Way } from '../cell';

const OPEN: readonly Moment[] = ['handshake', 'head', 'first', 'middle', 'end'];
const RESPONDING: readonly Moment[] = ['head', 'first', 'middle'];

/** Error codes of RFC 9113 §7. */
const NO_ERROR = 0x0;
const INTERNAL_ERROR = 0x2;
const REFUSED_STREAM = 0x7;
const CANCEL = 0x8;
const ENHANCE_YOUR_CALM = 0xb;
const HTTP_1_1_REQUIRED = 0xd;

type More = Pick<Way, 'isUnprocessed' | 'keepsConnection'>;

function sends(name: string, at: readonly Moment[], bytes: (scene: Scene) => Buffer, more: More = {}): Way {
  return {
    name,
    at,
    over: ['HTTP/2'],
    withinTls: true,
    act: (scene) => void scene.http.write(bytes(scene)),
    ...more,
  };
}

function resets(what: string, code: number, more: More = {}): Way {
  return sends(
    `resets the stream: ${what}`,
    RESPONDING,
    ({ stream }) => frame(RST_STREAM, 0, stream, numbers(code)),
    {
      keepsConnection: true,
      ...more,
    },
  );
}

/** `SETTINGS_INITIAL_WINDOW_SIZE` above its maximum (RFC 9113 §6.5.2). */
const WRONG_SETTINGS = frame(SETTINGS, 0, 0, Buffer.from([0, 4, 0xff, 0xff, 0xff, 0xff]));
/** Above the 16,384 bytes that a client accepts unless it says otherwise. */
const LARGE_FRAME_BYTES = 40_000;
const CONTINUATIONS = 2_000;

/** Frames that fail a stream or break the protocol (RFC 9113). */
export const HTTP2_WAYS: readonly Way[] = [
  resets('INTERNAL_ERROR', INTERNAL_ERROR),
  resets('NO_ERROR', NO_ERROR),
  resets('CANCEL', CANCEL),
  resets('REFUSED_STREAM', REFUSED_STREAM, { isUnprocessed: true }),
  resets('HTTP_1_1_REQUIRED', HTTP_1_1_REQUIRED, { isUnprocessed: true }),
  sends('gives the stream up with GOAWAY', OPEN, () => frame(GOAWAY, 0, 0, numbers(0, NO_ERROR)), {
    isUnprocessed: true,
    keepsConnection: true,
  }),
  sends('ends the connection with GOAWAY: ENHANCE_YOUR_CALM', OPEN, ({ stream }) =>
    frame(GOAWAY, 0, 0, numbers(stream, ENHANCE_YOUR_CALM)),
  ),
  sends('sends DATA for no stream', OPEN, () => frame(DATA, 0, 0, 'x')),
  sends('sends a frame that is too large', OPEN, ({ stream }) =>
    frame(DATA, 0, stream, 'x'.repeat(LARGE_FRAME_BYTES)),
  ),
  sends('sends headers that cannot be decompressed', RESPONDING, ({ stream }) =>
    frame(HEADERS, END_HEADERS, stream, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
  ),
  sends(
    'sends a second head',
    ['first', 'middle'],
    ({ stream }) => frame(HEADERS, END_HEADERS, stream, STATUS_200),
    {
      keepsConnection: true,
    },
  ),
  sends('sends headers without end', RESPONDING, ({ stream }) =>
    Buffer.concat([
      frame(HEADERS, 0, stream, STATUS_200),
      ...Array.from({ length: CONTINUATIONS }, (_, at) =>
        frame(CONTINUATION, 0, stream, literal(`x-${at}`, 'x'.repeat(100))),
      ),
    ]),
  ),
  sends('pushes a response', RESPONDING, ({ stream }) =>
    frame(PUSH_PROMISE, END_HEADERS, stream, Buffer.concat([numbers(2), Buffer.from([0x82, 0x84, 0x87])])),
  ),
  sends('sends settings that are not allowed', OPEN, () => WRONG_SETTINGS),
  sends('updates a window by nothing', OPEN, () => frame(WINDOW_UPDATE, 0, 0, numbers(0))),
];
