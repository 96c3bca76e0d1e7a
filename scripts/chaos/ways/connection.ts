import type { Duplex } from 'node:stream';
import { DATA, END_HEADERS, HEADERS, SETTINGS, frame } from '../upstream/frames';
import type { Moment, Scene, Way } from '../cell';

const OPEN: readonly Moment[] = ['handshake', 'head', 'first', 'middle', 'end'];
const SENDING: readonly Moment[] = ['handshake', 'head', 'first', 'middle'];
const RESPONDING: readonly Moment[] = ['head', 'first', 'middle'];

/** Bytes that are no HTTP and no TLS, the same in each run. */
export const NOISE = Buffer.from(Array.from({ length: 600 }, (_, at) => (at * 7919 + 131) % 251));
const BETWEEN_BYTES_MS = 1;
const FLOOD_PAUSE_MS = 20;

/** Ways that need no more than a connection. */
export const CONNECTION_WAYS: readonly Way[] = [
  { name: 'has a name that does not resolve', at: ['connect'], address: 'unresolvable' },
  { name: 'refuses the connection', at: ['connect'], address: 'closed' },
  { name: 'never accepts the connection', at: ['connect'], address: 'stalled' },
  { name: 'closes the connection', at: OPEN, act: close },
  { name: 'resets the connection', at: OPEN, act: ({ socket }) => void socket.resetAndDestroy() },
  {
    name: 'sends nothing more, and keeps the connection open',
    at: SENDING,
    act: () => undefined,
  },
  {
    name: 'ends TCP, but goes on reading',
    at: OPEN,
    act: ({ socket }) => void socket.end(),
  },
  {
    name: 'sends the rest byte by byte',
    at: RESPONDING,
    act: (scene) => drip(scene, 0),
  },
  {
    name: 'sends interim responses without end',
    at: ['head'],
    limitS: 2,
    act: ({ http, transport, stream }) =>
      flood(
        http,
        transport === 'HTTP/2'
          ? frame(HEADERS, END_HEADERS, stream, STATUS_103)
          : Buffer.from('HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n'),
      ),
  },
  {
    name: 'sends comments without end',
    at: ['middle'],
    forms: ['streamed'],
    limitS: 2,
    act: ({ http, transport, stream }) =>
      flood(
        http,
        transport === 'HTTP/2'
          ? frame(DATA, 0, stream, COMMENT)
          : Buffer.from(`${COMMENT.length.toString(16)}\r\n${COMMENT}\r\n`),
      ),
  },
  { name: 'sends random bytes', at: OPEN, alters: true, act: ({ http }) => void http.write(NOISE) },
  { name: 'sends zero bytes', at: OPEN, alters: true, act: ({ http }) => void http.write(Buffer.alloc(600)) },
  {
    name: 'sends bytes of another version of HTTP',
    at: OPEN,
    alters: true,
    withinTls: true,
    act: ({ http, transport }) => void http.write(transport === 'HTTP/2' ? HTTP_1_BYTES : HTTP_2_BYTES),
  },
];

const HTTP_1_BYTES = 'HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}';
const HTTP_2_BYTES = Buffer.concat([frame(SETTINGS, 0, 0), frame(SETTINGS, 1, 0)]);

/** Ends TLS, if there is any, and then TCP in both directions. */
function close({ http, socket }: Scene): void {
  if (http === socket) socket.destroySoon();
  else http.end(() => setImmediate(() => socket.destroySoon()));
}

function drip(scene: Scene, at: number): void {
  if (at >= scene.rest.length || scene.http.destroyed) return;
  scene.http.write(scene.rest.subarray(at, at + 1));
  setTimeout(drip, BETWEEN_BYTES_MS, scene, at + 1);
}

const COMMENT = ': waiting\n\n';

function flood(http: Duplex, bytes: Buffer): void {
  const timer = setInterval(() => http.write(bytes), FLOOD_PAUSE_MS);
  for (const event of ['close', 'error', 'end']) http.on(event, () => clearInterval(timer));
}

/** `:status` of HPACK's static table, with a value of its own. */
const STATUS_103 = Buffer.concat([Buffer.from([0x08, 3]), Buffer.from('103')]);
