import { AUDIO_RESPONSES, UPLOADS } from './bodies';
import { LONG_PROMPTS, SMALL_CHATS, TLS_CHATS } from './chats';
import { COLD_START } from './cold-start';
import { MEMORY } from './memory';
import { FAILOVER, METER, ROUTE } from './pairs';
import type { Scenario } from './scenario';
import { SOCKET_MESSAGES } from './sockets';
import { STREAM_DELAYS, STREAMS, TLS_STREAMS } from './streams';

/** All scenarios, in the order in which they are measured. */
export const SCENARIOS: readonly Scenario[] = [
  ...SMALL_CHATS,
  ...LONG_PROMPTS,
  METER,
  FAILOVER,
  ROUTE,
  ...STREAMS,
  ...STREAM_DELAYS,
  SOCKET_MESSAGES,
  AUDIO_RESPONSES,
  UPLOADS,
  TLS_CHATS,
  ...TLS_STREAMS,
  COLD_START,
  MEMORY,
];
