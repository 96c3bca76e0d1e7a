import type { ServerResponse } from 'node:http';
import type { Responder } from '../../scripts/fakes/fake-upstream';

/** What is streamed, piece by piece: characters of 1, 2, 3 and 4 bytes in UTF-8. */
export const PIECES = ['Once ', 'upon a ', 'time, ', 'at the café: ', '从前，', '有一片', '大海。', '🙂🌊'];
export const WHOLE = PIECES.join('');

/**
 * Responds to a chat in each API's own form, with an event every `intervalMs`, and splits characters between chunks.
 * @param most how many events, after which it is silent; `undefined` for all of them and an end
 */
export function streamSlowly(intervalMs: number, most?: number): Responder {
  return (_request, response, seen) => {
    const events = eventsFor(seen.url);
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    let sent = 0;
    const timer = setInterval(() => {
      if (sent === most) return;
      const event = events[sent++];
      if (event === undefined) response.end();
      else writeCut(response, Buffer.from(event));
    }, intervalMs);
    response.on('close', () => {
      clearInterval(timer);
    });
  };
}

/** Writes an event in two chunks, the first of which ends inside a character where there is one of several bytes. */
function writeCut(response: ServerResponse, event: Buffer): void {
  const lead = event.findIndex((byte) => byte >= 0xc0);
  const cut = lead === -1 ? event.length >> 1 : lead + 1;
  response.write(event.subarray(0, cut));
  setImmediate(() => {
    if (!response.destroyed) response.write(event.subarray(cut));
  });
}

function eventsFor(url: string): string[] {
  if (url.startsWith('/v1beta/')) {
    return PIECES.map((text) => data({ candidates: [{ content: { role: 'model', parts: [{ text }] } }] }));
  }
  if (url.startsWith('/v1/messages')) {
    return [
      named({ type: 'message_start', message: { id: 'msg_1', type: 'message', role: 'assistant' } }),
      named({ type: 'ping' }),
      ...PIECES.map((text) =>
        named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
      ),
      named({ type: 'message_delta', delta: { stop_reason: 'end_turn' } }),
      named({ type: 'message_stop' }),
    ];
  }
  return [
    ': a comment\r\n\r\n',
    data({ choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] }),
    ...PIECES.map((content) => data({ choices: [{ index: 0, delta: { content } }] })),
    data({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
    'data: [DONE]\n\n',
  ];
}

function data(event: object): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}

function named(event: { readonly type: string; readonly [member: string]: unknown }): string {
  return `event: ${event.type}\n${data(event)}`;
}
