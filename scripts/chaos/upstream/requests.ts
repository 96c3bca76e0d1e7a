import type { Duplex } from 'node:stream';
import {
  ACK,
  DATA,
  END_STREAM,
  FRAME_HEADER_BYTES,
  HEADERS,
  PREFACE_BYTES,
  RST_STREAM,
  SETTINGS,
  frame,
} from './frames';

/** Calls `onRequest` with 0 for each complete request over HTTP/1.1. The proxy sends each with a length. */
export function readHttp1(http: Duplex, onRequest: (stream: number) => void): void {
  let unread = '';
  http.on('data', (chunk: Buffer) => {
    unread += chunk.toString('latin1');
    for (;;) {
      const head = unread.indexOf('\r\n\r\n');
      if (head === -1) return;
      const length = /^content-length: *(\d+)/im.exec(unread.slice(0, head))?.[1] ?? '0';
      const end = head + 4 + Number(length);
      if (unread.length < end) return;
      unread = unread.slice(end);
      onRequest(0);
    }
  });
}

/** Calls `onRequest` with the stream of each complete request over HTTP/2, and `onReset` when the proxy resets one. */
export function readHttp2(
  http: Duplex,
  onRequest: (stream: number) => void,
  onReset: () => void = () => undefined,
): void {
  let unread = Buffer.alloc(0);
  let preface = PREFACE_BYTES;
  http.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    if (unread.length < preface) return;
    unread = unread.subarray(preface);
    preface = 0;
    while (unread.length >= FRAME_HEADER_BYTES) {
      const end = FRAME_HEADER_BYTES + unread.readUIntBE(0, 3);
      if (unread.length < end) return;
      const [type, flags, stream] = [unread[3], unread[4] ?? 0, unread.readUInt32BE(5)];
      unread = unread.subarray(end);
      if (type === SETTINGS && !(flags & ACK)) http.write(frame(SETTINGS, ACK, 0));
      if ((type === DATA || type === HEADERS) && flags & END_STREAM) onRequest(stream);
      if (type === RST_STREAM) onReset();
    }
  });
}
