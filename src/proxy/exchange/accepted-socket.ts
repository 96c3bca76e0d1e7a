import type { Socket } from 'node:net';
import type { JsonBody } from '../../json/json-body';

/** A WebSocket that the proxy has accepted itself, because its first message decides where it goes. */
export interface AcceptedSocket {
  /** Says what the first message is to be sent as. */
  sendFirst(message: JsonBody | undefined): void;
  /** Sends to the upstream the first message, and what the client sends from now on. */
  join(upstream: Socket): void;
  /**
   * Ends it with an upstream's error response to the upgrade.
   * @param text its body; `undefined` if that was not read
   */
  refuse(status: number, text: string | undefined): void;
}
