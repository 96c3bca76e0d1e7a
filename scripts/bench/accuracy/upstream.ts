import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Case } from './cases';

/** Names the case of a request, on its way to the upstream. */
export const CASE_HEADER = 'x-accuracy-case';
/** How the log line of a case is found: the upstream's id of the request. */
export const requestId = (index: number) => `case-${index}`;

export interface AccuracyUpstream {
  readonly origin: string;
  stop(): void;
}

/** Plays the providers: sends what each case says, in its chunks, and ends it as the case says. */
export async function startUpstream(caseOf: (index: number) => Case): Promise<AccuracyUpstream> {
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      play(caseOf(Number(request.headers[CASE_HEADER])), response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function play({ index, reply, coding, chunks, ending }: Case, response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': reply.contentType,
    'x-request-id': requestId(index),
    ...(coding === undefined ? {} : { 'content-encoding': coding }),
  });
  response.flushHeaders();
  // Each write is a chunk of HTTP's own, which the proxy reads as one, however the packets are.
  for (const chunk of chunks) response.write(chunk);
  if (ending === 'complete') response.end();
  else if (ending === 'upstream breaks') response.socket?.destroySoon();
}
