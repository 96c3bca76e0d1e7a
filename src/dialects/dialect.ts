import type { Failure } from '../errors';

/** The forms in which one API's clients are told things by this proxy itself. What the upstream says is never re-told. */
export interface Dialect {
  /** The body of an error of ours, such that the API's SDK raises its right class. */
  errorBody(failure: Failure): object;
  /** One server-sent event that tells this API's clients that a running stream failed. */
  streamErrorEvent(failure: Failure, path: string): string;
  /** Whether a JSON body on this path is a chat with a `messages` list, which the transforms may edit. */
  isChatPath(path: string): boolean;
  /** An event that this API's clients take and that means nothing, for a silent stream; undefined where there is none. */
  heartbeat(path: string): string | undefined;
}
