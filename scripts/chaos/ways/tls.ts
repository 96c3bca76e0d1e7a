import { certificate, UNKNOWN_CERTIFICATE } from '../upstream/certificates';
import type { Moment, Transport, Way } from '../cell';
import { NOISE } from './connection';

const SECURE: readonly Transport[] = ['TLS', 'HTTP/2'];
const OPEN: readonly Moment[] = ['handshake', 'head', 'first', 'middle', 'end'];
const AFTER_HANDSHAKE: readonly Moment[] = ['head', 'first', 'middle', 'end'];

/** A TLS record of a type, whose content nobody can decrypt once TLS is open. */
function record(type: number, content: Buffer): Buffer {
  const head = Buffer.from([type, 3, 3, 0, 0]);
  head.writeUInt16BE(content.length, 3);
  return Buffer.concat([head, content]);
}
const ALERT = 21;
const APPLICATION_DATA = 23;
/** RFC 8446 §6: fatal, handshake_failure */
const HANDSHAKE_FAILURE = Buffer.from([2, 40]);

export const TLS_WAYS: readonly Way[] = [
  {
    name: 'shows a certificate that has expired',
    at: ['handshake'],
    over: SECURE,
    tls: certificate('expired'),
  },
  {
    name: 'shows a certificate for another name',
    at: ['handshake'],
    over: SECURE,
    address: 'other-name',
  },
  {
    name: 'shows a certificate of an unknown authority',
    at: ['handshake'],
    over: SECURE,
    tls: UNKNOWN_CERTIFICATE,
  },
  {
    name: 'speaks only TLS 1.1',
    at: ['handshake'],
    over: SECURE,
    tls: { ...certificate('localhost'), minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
  },
  {
    name: 'speaks HTTP without TLS',
    at: OPEN,
    over: SECURE,
    act: ({ socket }) => void socket.write('HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}'),
  },
  {
    name: 'sends a fatal TLS alert',
    at: OPEN,
    over: SECURE,
    act: ({ socket }) => void socket.write(record(ALERT, HANDSHAKE_FAILURE)),
  },
  {
    name: 'sends a TLS record that cannot be decrypted',
    at: OPEN,
    over: SECURE,
    act: ({ socket }) => void socket.write(record(APPLICATION_DATA, NOISE)),
  },
  {
    name: 'ends TLS, but not TCP',
    at: AFTER_HANDSHAKE,
    over: SECURE,
    act({ http, keepTcp }) {
      keepTcp();
      http.end();
    },
  },
  {
    name: 'ends TCP without an end of TLS',
    at: OPEN,
    over: SECURE,
    act({ socket }) {
      socket.destroySoon();
    },
  },
];
