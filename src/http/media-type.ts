const EVENT_STREAM = /^text\/event-stream\b/i;

/** Whether a `Content-Type` is that of server-sent events. */
export function isEventStream(contentType: string | undefined): boolean {
  return contentType !== undefined && EVENT_STREAM.test(contentType);
}
