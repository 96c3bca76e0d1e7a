import type { Way } from '../cell';
import { CONNECTION_WAYS } from './connection';
import { HTTP2_WAYS } from './http2';
import { RESPONSE_WAYS } from './responses';
import { SYNTAX_WAYS } from './syntax';
import { TLS_WAYS } from './tls';

/** The ways by subject, in the order of the document. */
export const WAYS: readonly { readonly subject: string; readonly ways: readonly Way[] }[] = [
  { subject: 'The connection', ways: CONNECTION_WAYS },
  { subject: 'TLS', ways: TLS_WAYS },
  { subject: 'The syntax of HTTP/1.1', ways: SYNTAX_WAYS },
  { subject: 'Responses', ways: RESPONSE_WAYS },
  { subject: 'Frames of HTTP/2', ways: HTTP2_WAYS },
];
