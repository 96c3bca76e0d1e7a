import { createHash } from 'node:crypto';

/**
 * What a benchmark sends. The load generator and the fake upstream share it, so that each knows what the other
 * sends.
 */

/** The upstream accepts only keys with this prefix. */
export const CLIENT_KEY_PREFIX = 'sk-bench-';

/** A client's own key, for a proxy without keys. */
export const CLIENT_KEY = `${CLIENT_KEY_PREFIX}client-0123456789abcdef`;

/** The form of a model's name that asks the upstream for a stream: how many chunks, and the ms between them. */
export const PLAN = /bench-stream-(\d+)-(\d+|silent)/;

/** The model of a chat whose response is the usual one, of a content type that no meter reads. */
export const UNREAD_MODEL = 'bench-unread';

/** The same response with its usual content type; the name is as long. */
export const READ_MODEL = 'bench-toread';

/** A model that no route is for; the name is as long as the usual one. */
export const UNROUTED_MODEL = 'bench-free';

/**
 * A header with a number that no other request has: the upstream refuses the first request with it with 503, and serves the
 * second.
 */
export const ONCE_REFUSED_HEADER = 'x-bench-once';

/** The same for a request that is served at once; as long, so that both have as many bytes. */
export const AT_ONCE_HEADER = 'x-bench-zero';

export const SOCKET_PATH = '/v1/realtime?model=gpt-realtime';

export const CHAT_PATH = '/v1/chat/completions';
export const SPEECH_PATH = '/v1/audio/speech';
export const UPLOAD_PATH = '/v1/audio/transcriptions';

/** A chat of about 1 KB, or with a longer system message. */
export function chatBody(model = 'bench-chat', promptBytes = 600): string {
  const stream = PLAN.test(model) ? { stream: true } : {};
  const sentence = 'You are a helpful assistant: answer "briefly",\nand precisely. ';
  const prompt = sentence.repeat(Math.ceil(promptBytes / sentence.length)).slice(0, promptBytes);
  return JSON.stringify({
    model,
    ...stream,
    temperature: 0.7,
    messages: [
      { role: 'system', content: prompt },
      { role: 'user', content: 'Good morning! What is the capital of France?' },
      { role: 'assistant', content: 'Good morning! It is Paris.' },
      { role: 'user', content: 'And what would one see there on a rainy day in November?' },
    ],
  });
}

/**
 * The model of a stream of that many chunks; `silent`: afterwards nothing more is sent until the client disconnects.
 */
export function streamModel(chunks: number, delayMs: number | 'silent'): string {
  return `bench-stream-${chunks}-${delayMs}`;
}

const SAID = 'The quick brown fox jumps over the lazy dog. '.repeat(12);

/** About 1 KB. */
export const CHAT_RESPONSE = JSON.stringify({
  id: 'chatcmpl-AbCdEf0123456789',
  object: 'chat.completion',
  created: 1_730_000_000,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: SAID, refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: 28,
    completion_tokens: 120,
    total_tokens: 148,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  },
  service_tier: 'default',
  system_fingerprint: 'fp_0123456789',
});

/** A message over a WebSocket, of about 1 KB: some audio, as the Realtime API takes it. */
export const SOCKET_MESSAGE = JSON.stringify({
  type: 'input_audio_buffer.append',
  event_id: 'event_0123456789abcdef',
  audio: noise(720, 3).toString('base64'),
});

const CHUNK_HEAD =
  'data: {"id":"chatcmpl-AbCdEf0123456789","object":"chat.completion.chunk","created":1730000000,' +
  '"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_0123456789",';

export const STREAM_MARK = '<sent ';

/** A chunk of a stream that contains the time at which it was sent. ASCII, so that its length is its size. */
export function streamEvent(sentMs: number): string {
  const delta = `{"content":"${STREAM_MARK}${sentMs.toFixed(3)}>"}`;
  return `${CHUNK_HEAD}"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":null}]}\n\n`;
}

export const STREAM_END = `${CHUNK_HEAD}"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;

/** Bytes that look random and are the same in every process. */
export function noise(bytes: number, seed: number): Buffer {
  const words = new Uint32Array(bytes / 4);
  let word = seed;
  for (let index = 0; index < words.length; index++) {
    word = (Math.imul(word, 1_103_515_245) + 12_345) >>> 0;
    words[index] = word;
  }
  return Buffer.from(words.buffer);
}

/** The audio that the upstream sends: 2 MB. */
export const AUDIO = noise(2 * 1024 * 1024, 1);

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
