/** The APIs that the page can try, each with its default model. */
export const APIS = {
  openai: { title: 'OpenAI', path: '/v1/chat/completions', model: 'gpt-5.4-mini' },
  anthropic: { title: 'Anthropic', path: '/v1/messages', model: 'claude-haiku-5-5' },
  gemini: { title: 'Gemini', path: '/v1beta/models/…', model: 'gemini-flash-latest' },
} as const;

export type Api = keyof typeof APIS;

export interface Chat {
  /** An API key or an access token; '' for none. */
  readonly key: string;
  readonly model: string;
  readonly message: string;
}

/** A POST that asks for a stream. */
export interface ChatRequest {
  /** The path after the base URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

/** A request with one message, in the API's format. Runs in the browser as its own source text, as `createSseParser` does. */
export function chatRequest(api: Api, { key, model, message }: Chat): ChatRequest {
  const messages = [{ role: 'user', content: message }];
  const withKey = (name: string, value: string) => ({
    'content-type': 'application/json',
    ...(key === '' ? {} : { [name]: value }),
  });
  switch (api) {
    case 'openai':
      return {
        path: '/v1/chat/completions',
        headers: withKey('authorization', `Bearer ${key}`),
        body: JSON.stringify({ model, stream: true, messages }),
      };
    case 'anthropic':
      return {
        path: '/v1/messages',
        headers: { ...withKey('x-api-key', key), 'anthropic-version': '2023-06-01' },
        body: JSON.stringify({ model, stream: true, max_tokens: 1024, messages }),
      };
    case 'gemini':
      return {
        path: `/v1beta/models/${encodeURIComponent(model)}:streamGenerateContent?alt=sse`,
        headers: withKey('x-goog-api-key', key),
        body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: message }] }] }),
      };
  }
}

/** The parts of the APIs' events and errors that are read; each may be missing. */
interface ChatEvent {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[];
  readonly delta?: { readonly text?: string };
  readonly candidates?: readonly {
    readonly content?: { readonly parts?: readonly { readonly text?: string; readonly thought?: boolean }[] };
  }[];
  readonly error?: string | { readonly message?: string };
}

/**
 * Reads an event of a stream, or the body of an error, in any of the APIs' formats.
 * Runs in the browser as its own source text.
 * @param data JSON; anything else is ignored
 * @returns a piece of the reply ('' if there is none), and an error's message
 */
export function readChatEvent(data: string): { readonly text: string; readonly error: string | undefined } {
  let event: ChatEvent | null | undefined;
  try {
    const parsed = JSON.parse(data) as ChatEvent | readonly ChatEvent[] | null;
    event = Array.isArray(parsed) ? (parsed as readonly ChatEvent[])[0] : (parsed as ChatEvent | null); // Gemini's errors
  } catch {
    return { text: '', error: undefined }; // [DONE]
  }
  const parts = event?.candidates?.[0]?.content?.parts ?? [];
  const text =
    event?.choices?.[0]?.delta?.content ??
    event?.delta?.text ??
    parts.map((part) => (part.thought === true ? '' : (part.text ?? ''))).join('');
  const error = event?.error;
  return { text, error: typeof error === 'string' ? error : error?.message };
}
