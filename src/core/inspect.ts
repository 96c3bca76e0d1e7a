import type { IncomingHttpHeaders } from 'node:http';
import type { JsonBody } from '../transforms/json-body';
import { memberNamed, stringMember, type Member } from '../transforms/json-scan';
import { quickHash } from './rendezvous';

/** What a pool wants to know of a request; found without building its JSON. */
export interface RequestTraits {
  /** '' where the body names none. */
  readonly model: string;
  /** The same for every request of one conversation, as far as the request tells; undefined where it tells nothing. */
  readonly conversation: string | undefined;
}

/** Headers in which coding agents name their session. */
const SESSION_HEADERS = ['x-claude-code-session-id', 'session-id'];
/** A caller names these, and they are remembered; nothing longer is a name. */
const MAX_MODEL_BYTES = 200;
const MAX_CONVERSATION_BYTES = 1_024;
/** Only appended to while a conversation goes on, so its beginning names it. */
const OPENING_MESSAGES = 2;
/** `[]`, `""` */
const EMPTY_BYTES = 2;
const HASHED_BYTES = 1_024;

/**
 * @param json the body; undefined where it was not read
 * @param caller what tells callers apart who open with the same words
 * @param target path and query, where Google and Realtime name the model
 */
export function traitsOf(
  headers: IncomingHttpHeaders,
  json: JsonBody | undefined,
  caller: string,
  target = '',
): RequestTraits {
  const session = SESSION_HEADERS.map((name) => headers[name]).find(
    (value): value is string => typeof value === 'string',
  );
  const members = json?.members;
  if (!members) return { model: modelIn(target), conversation: session };
  const body = json.bytes;
  const text = (key: string) => stringMember(body, members, key, MAX_CONVERSATION_BYTES);
  return {
    model: stringMember(body, members, 'model', MAX_MODEL_BYTES) ?? modelIn(target),
    conversation:
      session ?? text('previous_response_id') ?? text('prompt_cache_key') ?? opening(body, members, caller),
  };
}

/** Whether a chat's answer is to come bit by bit: as its body says, or, for Google, its path. */
export function asksForStream(json: JsonBody | undefined, path: string): boolean {
  if (!json) return false;
  if (path.includes(':streamGenerateContent')) return true;
  const value = json.members && memberNamed(json.members, 'stream')?.value;
  return value !== undefined && json.bytes.toString('latin1', value.start, value.end) === 'true';
}

/** `/models/<model>:generateContent`, `/realtime?model=<model>`; '' where a target names none. */
function modelIn(target: string): string {
  return /(?:\/models\/|[?&]model=)([^/:?&]+)/.exec(target)?.[1]?.slice(0, MAX_MODEL_BYTES) ?? '';
}

function opening(body: Buffer, members: readonly Member[], caller: string): string | undefined {
  const list = ['messages', 'input', 'contents']
    .map((key) => memberNamed(members, key))
    .find((member) => member !== undefined);
  if (!list || list.value.end - list.value.start <= EMPTY_BYTES) return undefined;
  const first = list.elements?.slice(0, OPENING_MESSAGES) ?? [list.value];
  const last = first[first.length - 1];
  if (!last) return undefined;
  const bytes = body.subarray(first[0]?.start ?? list.value.start, last.end);
  // A long prompt is told by its beginning and its end, or hashing it would cost more than relaying it.
  const ends =
    bytes.length <= 2 * HASHED_BYTES
      ? [bytes]
      : [bytes.subarray(0, HASHED_BYTES), bytes.subarray(-HASHED_BYTES)];
  const hash = ends.reduce((seed, part) => quickHash(part, seed), quickHash(Buffer.from(caller)));
  return `${bytes.length}:${hash}`;
}
