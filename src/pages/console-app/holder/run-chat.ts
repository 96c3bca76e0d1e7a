import { chatRequest, readChatEvent, type Api, type Chat } from '../../index-page/chat';
import { createSseParser } from '../../index-page/sse-parser';
import { fetchResponse } from '../parts/api';

export interface ChatResult {
  /** `undefined` if there was no text. */
  readonly firstMs: number | undefined;
  readonly totalMs: number;
  /** Of an error in the middle of the stream. */
  readonly error: string | undefined;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
}

interface RunOptions {
  readonly base: string;
  readonly api: Api;
  readonly chat: Chat;
  readonly signal: AbortSignal;
  readonly onText: (piece: string) => void;
}

/**
 * Sends one message, and passes the reply on as it comes.
 * @throws ApiError
 */
export async function runChat({ base, api, chat, signal, onText }: RunOptions): Promise<ChatResult> {
  const startedAt = performance.now();
  const since = () => performance.now() - startedAt;
  const { path, headers, body } = chatRequest(api, chat);
  const response = await fetchResponse({ base, token: '' }, path, { method: 'POST', headers, body, signal });
  let firstMs: number | undefined;
  let error: string | undefined;
  let inputTokens: number | undefined;
  let outputTokens: number | undefined;
  const parse = createSseParser((data) => {
    const event = readChatEvent(data);
    error = event.error ?? error;
    inputTokens = event.inputTokens ?? inputTokens;
    outputTokens = event.outputTokens ?? outputTokens;
    if (event.text === '') return;
    firstMs ??= since();
    onText(event.text);
  });
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    parse(decoder.decode(part.value, { stream: true }));
  }
  return { firstMs, totalMs: since(), error, inputTokens, outputTokens };
}
