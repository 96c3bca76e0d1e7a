import type { Client } from './client';
import type { Ended } from './tally';

/** A kind of request, and how many of a hundred are of it. */
export interface Kind {
  readonly name: string;
  readonly share: number;
  readonly send: (client: Client) => Promise<Ended>;
}

const OPENAI = '/v1/chat/completions';
/** Over TLS, and over HTTP/2 once there are many. */
const GROQ = '/groq/v1/chat/completions';
const SHORT = { chunks: 20, gapMs: 25 };
const LONG = { chunks: 300, gapMs: 100 };

export const KINDS: readonly Kind[] = [
  { name: 'chat', share: 34, send: (client) => client.chat(OPENAI, 'chat') },
  { name: 'chat over TLS', share: 12, send: (client) => client.chat(GROQ, 'chat') },
  { name: 'prompt of 130 KB', share: 8, send: (client) => client.chat(OPENAI, 'chat', 130_000) },
  { name: 'stream', share: 12, send: (client) => client.stream(OPENAI, 'stream', SHORT) },
  { name: 'stream over HTTP/2', share: 8, send: (client) => client.stream(GROQ, 'stream', SHORT) },
  { name: 'upload of 2 MB', share: 3, send: (client) => client.upload('/v1/files', 2_000_000) },
  { name: 'WebSocket', share: 4, send: (client) => client.echo('/v1/realtime', 20, 3_000) },
  { name: 'client that leaves', share: 6, send: (client) => client.leave(OPENAI, Math.random() * 300) },
  { name: 'client that leaves, HTTP/2', share: 3, send: (client) => client.leave(GROQ, Math.random() * 300) },
  { name: 'key that is limited', share: 1, send: (client) => client.chat(OPENAI, 'refused') },
  { name: 'provider that fails', share: 3, send: (client) => client.chat(OPENAI, 'failing') },
  { name: 'provider that hangs up', share: 3, send: (client) => client.chat(OPENAI, 'unheard') },
  { name: 'stream that is cut', share: 2, send: (client) => client.stream(OPENAI, 'cut', SHORT) },
  { name: 'stream that is cut, HTTP/2', share: 1, send: (client) => client.stream(GROQ, 'cut', SHORT) },
];

/** Clients beside those, with one long stream after the other. */
export const LONG_STREAMS: readonly Kind[] = [OPENAI, GROQ, OPENAI, GROQ, OPENAI, GROQ].map((path) => ({
  name: 'stream of half a minute',
  share: 0,
  send: (client: Client) => client.stream(path, 'stream', LONG),
}));

/** @param random in [0, 1) */
export function kindOf(random: number): Kind {
  let left = random * KINDS.reduce((sum, { share }) => sum + share, 0);
  const kind = KINDS.find(({ share }) => (left -= share) < 0);
  if (!kind) throw new Error('The shares add up to all.');
  return kind;
}
