import type { Failure } from '../errors/failures';

/** The formats of this proxy's own messages to one API's clients. Responses of the upstream are never reformatted. */
export interface Dialect {
  /** The body of an error of the proxy, such that the API's SDK raises the right class. */
  errorBody(failure: Failure): object;
  /** One server-sent event that reports to this API's clients that a running stream failed. */
  streamErrorEvent(failure: Failure, path: string): string;
  /** Whether a JSON body on this path is a chat with a `messages` list, which the transforms may edit. */
  isChatPath(path: string): boolean;
  /** An event that this API's clients take and that means nothing, for a silent stream; `undefined` if there is none. */
  heartbeat(path: string): string | undefined;
}
