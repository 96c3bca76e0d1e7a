import { createHash } from 'node:crypto';

/** How the stand-in of the provider is to respond to one request: in the request's body, which passes the proxy untouched. */
export interface Order {
  /** Unlike that of any other request. */
  readonly id: string;
  readonly as: 'chat' | 'stream' | 'refused' | 'failing' | 'unheard' | 'cut';
  /** Chunks of a stream, and ms between two of them. */
  readonly chunks: number;
  readonly gapMs: number;
  /** Bytes of filling in the response, or in each chunk of it. */
  readonly bytes: number;
}

/** A chat with an order in it. @param promptBytes how long its prompt is, as those of coding agents are */
export function chatBody(order: Order, promptBytes: number): string {
  return JSON.stringify({
    model: 'gpt-4o',
    stream: order.as === 'stream' || order.as === 'cut',
    messages: [{ role: 'user', content: 'p'.repeat(promptBytes) }],
    metadata: { order: JSON.stringify(order) },
  });
}

export function orderIn(body: string): Order | undefined {
  const marked = /"order":("(?:[^"\\]|\\.){1,400}")\}\}$/.exec(body.slice(-500))?.[1];
  return marked === undefined ? undefined : (JSON.parse(JSON.parse(marked) as string) as Order);
}

/** The text that stands for a response, or for its chunk number `at`: only its own request has it. */
export function filling({ id, bytes }: Order, at: number): string {
  const unit = `${hashOf(`${id}/${at}`)} `;
  return unit.repeat(Math.ceil(bytes / unit.length)).slice(0, bytes);
}

/** Everything that comes of a chat, or of a stream: its client compares it byte for byte. */
export function bodyOf(order: Order): string {
  if (order.as !== 'stream') {
    return JSON.stringify({
      id: order.id,
      object: 'chat.completion',
      model: 'gpt-4o',
      choices: [
        { index: 0, message: { role: 'assistant', content: filling(order, 0) }, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 },
    });
  }
  return Array.from({ length: order.chunks }, (_, at) => eventOf(order, at)).join('') + STREAM_END;
}

export function eventOf(order: Order, at: number): string {
  const delta = { content: filling(order, at) };
  return `data: ${JSON.stringify({ id: order.id, object: 'chat.completion.chunk', choices: [{ index: 0, delta }] })}\n\n`;
}

export const STREAM_END = 'data: [DONE]\n\n';

export function hashOf(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}
