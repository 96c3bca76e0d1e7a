import { DATA, END_HEADERS, END_STREAM, HEADERS, frame, literal } from '../upstream/frames';
import { CHAOS_KEY } from '../secrets';
import type { Scene, Way } from '../cell';

/** An error response that quotes the key, as some providers' do. */
const ERROR = JSON.stringify({
  error: { message: `overloaded, key ${CHAOS_KEY}`, type: 'server_error', param: null, code: null },
});
const EVENT = `data: ${JSON.stringify({ error: { message: 'The server had an error', type: 'server_error', param: null, code: null } })}\n\n`;

/** A whole response of its own. */
function respond({ http, stream }: Scene, status: number, type: string, body: string): void {
  if (stream > 0) {
    const code = String(status);
    const fields = Buffer.concat([
      Buffer.from([0x08, code.length]),
      Buffer.from(code),
      literal('content-type', type),
    ]);
    http.write(
      Buffer.concat([frame(HEADERS, END_HEADERS, stream, fields), frame(DATA, END_STREAM, stream, body)]),
    );
    return;
  }
  http.write(
    `HTTP/1.1 ${status} Failed\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Failures that HTTP has words for. */
export const RESPONSE_WAYS: readonly Way[] = [
  {
    name: 'responds with status 500 and a JSON error that quotes the key',
    at: ['head'],
    act: (scene) => respond(scene, 500, 'application/json', ERROR),
  },
  {
    name: 'responds with status 503 and a page of its front end',
    at: ['head'],
    act: (scene) => respond(scene, 503, 'text/html', '<html>Service Unavailable</html>'),
  },
  {
    name: 'sends an error event, and ends the stream',
    at: ['first', 'middle'],
    forms: ['streamed'],
    alters: true,
    act({ http, stream, moment }) {
      const text = (moment === 'middle' ? '\n\n' : '') + EVENT;
      http.write(
        stream > 0
          ? frame(DATA, END_STREAM, stream, text)
          : `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`,
      );
    },
  },
];
