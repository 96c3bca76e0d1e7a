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

/** A request with one message, in the API's format. */
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
        body: JSON.stringify({ model, stream: true, stream_options: { include_usage: true }, messages }),
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
  readonly message?: { readonly usage?: Usage };
  readonly usage?: Usage | null;
  readonly usageMetadata?: {
    readonly promptTokenCount?: number;
    readonly candidatesTokenCount?: number;
    readonly thoughtsTokenCount?: number;
  };
}

/** OpenAI's, or Anthropic's. */
interface Usage {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly cache_read_input_tokens?: number;
  readonly cache_creation_input_tokens?: number;
}

/** What an event says; the numbers are those of the whole response so far. */
export interface ReadEvent {
  /** A piece of the reply; '' if there is none. */
  readonly text: string;
  readonly error: string | undefined;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
}

/**
 * Reads an event of a stream, or the body of an error, in any of the APIs' formats.
 * @param data JSON; anything else is ignored
 */
export function readChatEvent(data: string): ReadEvent {
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
  return { text, error: typeof error === 'string' ? error : error?.message, ...tokensIn(event) };
}

function tokensIn(event: ChatEvent | null | undefined): { inputTokens?: number; outputTokens?: number } {
  const usage = event?.usage ?? event?.message?.usage;
  const gemini = event?.usageMetadata;
  const input =
    usage?.prompt_tokens ??
    sumOf(usage?.input_tokens, usage?.cache_read_input_tokens, usage?.cache_creation_input_tokens) ??
    gemini?.promptTokenCount;
  const output =
    usage?.completion_tokens ??
    usage?.output_tokens ??
    sumOf(gemini?.candidatesTokenCount, gemini?.thoughtsTokenCount);
  return {
    ...(input === undefined ? {} : { inputTokens: input }),
    ...(output === undefined ? {} : { outputTokens: output }),
  };
}

/** `undefined` if the first is missing. */
function sumOf(tokens: number | undefined, ...more: readonly (number | undefined)[]): number | undefined {
  return more.reduce<number | undefined>((sum, one) => (sum === undefined ? sum : sum + (one ?? 0)), tokens);
}
