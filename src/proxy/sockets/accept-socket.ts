import { createHash } from 'node:crypto';
import { isKeySubprotocol, subprotocolsOf } from '../../http/credentials';
import { REQUEST_ID_HEADER } from '../../http/header-lists';
import { handOver } from '../../http/upgrade';
import type { Exchange } from '../exchange/exchange';

/** RFC 6455 §1.3 */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Responds to an upgrade that was checked, without an extension; from here on its socket is to be read. */
export function acceptUpgrade({ request, response, requestId }: Exchange): void {
  const key = request.headers['sec-websocket-key'] ?? '';
  const accept = createHash('sha1')
    .update(key + ACCEPT_SUFFIX)
    .digest('base64');
  // A browser closes a WebSocket if none of the subprotocols that it has offered is chosen.
  const offered = subprotocolsOf(request.headers);
  const subprotocol = offered.find((item) => !isKeySubprotocol(item)) ?? offered[0];
  handOver(response);
  response.writeHead(101, 'Switching Protocols', [
    ...['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Accept', accept],
    ...(subprotocol === undefined ? [] : ['Sec-WebSocket-Protocol', subprotocol]),
    ...[REQUEST_ID_HEADER, requestId],
  ]);
  response.flushHeaders();
  request.socket.setTimeout(0).setNoDelay(true);
}
