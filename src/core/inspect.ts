import type { IncomingHttpHeaders } from 'node:http';
import type { JsonBody } from '../transforms/json-body';
import { memberNamed, membersOf, stringMember, type Member } from '../transforms/json-scan';
import { worksOnSharedObjects } from './kept-collections';
import { digestOf, openingOf } from './opening';
import { quickTextHash } from './rendezvous';

/** What a pool wants to know of a request; found without building its JSON. */
export interface RequestTraits {
  /** '' if the request names none. */
  readonly model: string;
  /**
   * The same for every request that belongs together because the client says so: it names a session, or works on
   * objects that are used together (files, vector stores). `undefined` if it says nothing.
   */
  readonly session: string | undefined;
  /**
   * The session, else the same for every request of one conversation, as far as the request tells; `undefined` if it
   * tells nothing. It is found when it is first read.
   */
  readonly conversation: string | undefined;
}

/** Headers in which coding agents name their session. */
const SESSION_HEADERS = [
  'x-claude-code-session-id',
  'session-id',
  'session_id',
  'x-session-id',
  'x-session-affinity',
];
/** A client names the model; nothing longer is one. */
const MAX_MODEL_BYTES = 200;
/** Longer names are told apart by their length and hash. */
const MAX_NAME_BYTES = 200;
const NAME_SEED = quickTextHash('');
/** Objects that are larger are not looked into: `metadata` is small everywhere. */
const MAX_NAMING_BYTES = 16_384;
/** Names what a client uses together; no session has this name. */
const SHARED_OBJECTS = '/objects';

/**
 * @param json the body; `undefined` if it was not read
 * @param client what tells clients apart who choose the same names, or open with the same words
 * @param target path and query, where Google and Realtime name the model
 */
export function traitsOf(
  headers: IncomingHttpHeaders,
  json: JsonBody | undefined,
  client: string,
  target = '',
): RequestTraits {
  return new Traits(headers, json, client, target);
}

class Traits implements RequestTraits {
  readonly model: string;
  readonly session: string | undefined;
  readonly #client: string;
  readonly #fields: Fields | undefined;
  #conversation: string | undefined;
  #conversationIsFound = false;

  constructor(headers: IncomingHttpHeaders, json: JsonBody | undefined, client: string, target: string) {
    const members = json?.members;
    const fields = json && members ? new Fields(json.bytes, members) : undefined;
    this.#client = client;
    this.#fields = fields;
    this.model = modelOf(json, target);
    // Without a session, what one request may name together (files in a prompt, or in a vector store) is made by one key.
    const name =
      headerName(headers) ??
      fields?.name('prompt_cache_key') ??
      fields?.nameInside('metadata', 'user_id') ??
      (worksOnSharedObjects(pathOf(target)) ? SHARED_OBJECTS : undefined);
    this.session = name === undefined ? undefined : ownName(client, name);
  }

  get conversation(): string | undefined {
    if (this.#conversationIsFound) return this.#conversation;
    this.#conversationIsFound = true;
    return (this.#conversation = this.session ?? conversationIn(this.#fields, this.#client));
  }
}

/** One client's "1" is another conversation than another's. */
function ownName(client: string, name: string): string {
  return `${quickTextHash(client)}:${name}`;
}

/** The model that a request names, in its body or its target; '' if it names none. */
function modelOf(json: JsonBody | undefined, target: string): string {
  const members = json?.members;
  const named = json && members && stringMember(json.bytes, members, 'model', MAX_MODEL_BYTES);
  return named ?? modelIn(target);
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

function headerName(headers: IncomingHttpHeaders): string | undefined {
  for (const header of SESSION_HEADERS) {
    const value = headers[header];
    if (typeof value === 'string' && value !== '') return boundedName(Buffer.from(value));
  }
  return undefined;
}

/**
 * What the provider keeps of a conversation changes its name with each turn (`previous_response_id`), so it counts
 * only where the client has no name of its own; it is still better than the opening, which is then the last message.
 */
function conversationIn(fields: Fields | undefined, client: string): string | undefined {
  if (!fields) return undefined;
  const name =
    fields.name('conversation') ??
    fields.nameInside('conversation', 'id') ??
    fields.name('previous_response_id');
  if (name !== undefined) return ownName(client, name);
  return openingOf(fields.body, fields.members, quickTextHash(client));
}

function boundedName(name: Buffer): string {
  if (name.length <= MAX_NAME_BYTES) return name.toString('utf8');
  return digestOf(name, { start: 0, end: name.length }, NAME_SEED);
}

function pathOf(target: string): string {
  const end = target.indexOf('?');
  return end === -1 ? target : target.slice(0, end);
}

/** Members of a body that are strings, as JSON.parse gives them. */
class Fields {
  constructor(
    readonly body: Buffer,
    readonly members: readonly Member[],
  ) {}

  name(key: string): string | undefined {
    return nameOf(stringMember(this.body, this.members, key, MAX_NAMING_BYTES));
  }

  /** A string inside the object that a member is. */
  nameInside(key: string, inner: string): string | undefined {
    const value = memberNamed(this.members, key)?.value;
    if (!value || value.end - value.start > MAX_NAMING_BYTES) return undefined;
    const members = membersOf(this.body, value);
    return members && nameOf(stringMember(this.body, members, inner, MAX_NAMING_BYTES));
  }
}

function nameOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : boundedName(Buffer.from(text));
}
