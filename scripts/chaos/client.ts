import { request as requestHttp } from 'node:http';
import type { Form } from './cell';
import { CHAOS_TOKEN } from './secrets';

/** What the client got. */
export interface Reply {
  /** 0 if there was no response. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly rawHeaders: readonly string[];
  readonly body: string;
  /** Whether the body ended as its framing says. */
  readonly isComplete: boolean;
  /** Whether there was any end within the limit. */
  readonly hasEnded: boolean;
}

export interface Ask {
  /** Of the proxy. */
  readonly port: number;
  readonly provider: string;
  readonly form: Form;
  /** The function's own limit, in s. */
  readonly limitS?: number | undefined;
  readonly withinMs: number;
  /** Called when bytes of a body have come. */
  readonly onFirstBytes?: () => void;
}

/** Sends one chat to the proxy, over a connection of its own. */
export function ask({ port, provider, form, limitS, withinMs, onFirstBytes }: Ask): Promise<Reply> {
  return new Promise((resolve) => {
    let reply: Reply = {
      status: 0,
      headers: {},
      rawHeaders: [],
      body: '',
      isComplete: false,
      hasEnded: false,
    };
    const end = (last: Partial<Reply>) => {
      clearTimeout(timer);
      reply = { ...reply, ...last };
      resolve(reply);
      request.destroy();
    };
    const timer = setTimeout(end, withinMs, {});
    const request = requestHttp({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: `/${provider}/v1/chat/completions`,
      agent: false,
      headers: {
        authorization: `Bearer ${CHAOS_TOKEN}`,
        'content-type': 'application/json',
        ...(limitS === undefined ? {} : { 'x-scf-timeout': String(limitS) }),
      },
    });
    request.on('error', () => end({ hasEnded: true }));
    request.on('response', (response) => {
      const { statusCode: status = 0, headers, rawHeaders } = response;
      reply = { ...reply, status, headers, rawHeaders };
      let body = '';
      response.setEncoding('latin1').on('data', (chunk: string) => {
        body += chunk;
        reply = { ...reply, body };
        onFirstBytes?.();
      });
      response.on('error', () => undefined);
      response.on('close', () => end({ body, isComplete: response.complete, hasEnded: true }));
    });
    request.end(JSON.stringify({ model: 'm', stream: form === 'streamed', messages: [] }));
  });
}
