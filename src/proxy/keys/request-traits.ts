import type { IncomingHttpHeaders } from 'node:http';
import type { JsonBody } from '../../json/json-body';
import { memberNamed, membersOf, stringMember, type Member } from '../../json/scan';
import { MAX_MODEL_BYTES } from '../routing/model-routes';
import { worksOnSharedObjects } from '../owners/kept-collections';
import { digestOf, openingOf } from './conversation-opening';
import { quickTextHash } from './rendezvous-hash';

/** What a pool needs to know about a request; found without parsing its JSON into objects. */
export interface RequestTraits {
  /** '' if the request names none. */
  readonly model: string;
  /**
   * The same for all requests that the client itself groups: it names a session, or uses objects that are used together
   * (files, vector stores). `undefined` if it does neither.
   */
  readonly session: string | undefined;
  /**
   * The session, else the same for all requests of one conversation, as far as the request shows it; `undefined` if it
   * does not. Computed when it is first read.
   */
  readonly conversation: string | undefined;
}

/** For a request without a choice of keys. */
export const NO_TRAITS: RequestTraits = { model: '', session: undefined, conversation: undefined };

/** Headers in which coding agents name their session. */
const SESSION_HEADERS = [
  'x-claude-code-session-id',
  'session-id',
  'session_id',
  'x-session-id',
  'x-session-affinity',
];
/** Longer names are distinguished by their length and hash. */
const MAX_NAME_BYTES = 200;
const NAME_SEED = quickTextHash('');
/** Larger values are not read: `metadata` is small everywhere. */
const MAX_NAMING_BYTES = 16_384;
/** The name for a client's shared objects; no session has this name. */
const SHARED_OBJECTS = '/objects';

/**
 * @param json the body; `undefined` if it was not read
 * @param client distinguishes clients that choose the same names, or open with the same words
 * @param target path and query, where Google and Realtime name the model
 */
export function traitsOf(
  headers: IncomingHttpHeaders,
  json: JsonBody | undefined,
  client: string,
  target = '',
  method = 'POST',
): RequestTraits {
  return new Traits(headers, json, client, target, method);
}

class Traits implements RequestTraits {
  readonly model: string;
  readonly session: string | undefined;
  readonly #client: string;
  readonly #fields: Fields | undefined;
  #conversation: string | undefined;
  #conversationIsFound = false;

  constructor(
    headers: IncomingHttpHeaders,
    json: JsonBody | undefined,
    client: string,
    target: string,
    method: string,
  ) {
    const members = json?.members;
    const fields = json && members ? new Fields(json.bytes, members) : undefined;
    this.#client = client;
    this.#fields = fields;
    this.model = modelOf(json, target);
    // Without a session, objects that one request may name together (files in a vector store) are made with one key,
    // and pages of a list come from one.
    const name =
      headerName(headers) ??
      fields?.name('prompt_cache_key') ??
      fields?.nameInside('metadata', 'user_id') ??
      (worksOnSharedObjects(pathOf(target), method) ? SHARED_OBJECTS : undefined);
    this.session = name === undefined ? undefined : ownName(client, name);
  }

  get conversation(): string | undefined {
    if (this.#conversationIsFound) return this.#conversation;
    this.#conversationIsFound = true;
    return (this.#conversation = this.session ?? conversationIn(this.#fields, this.#client));
  }
}

/** Two clients that use the same name have different conversations. */
function ownName(client: string, name: string): string {
  return `${quickTextHash(client)}:${name}`;
}

/** The model that a request names, in its body or its target; '' if it names none. */
function modelOf(json: JsonBody | undefined, target: string): string {
  const members = json?.members;
  const named = json && members && stringMember(json.bytes, members, 'model', MAX_MODEL_BYTES);
  return named ?? modelIn(target);
}

/** Whether a chat requests a streamed response: in its body, or, for Google, in its path. */
export function asksForStream(json: JsonBody | undefined, path: string): boolean {
  if (!json) return false;
  if (path.includes(':streamGenerateContent')) return true;
  const value = json.members && memberNamed(json.members, 'stream')?.value;
  return value !== undefined && json.bytes.toString('latin1', value.start, value.end) === 'true';
}

/** `/models/<model>:generateContent`, `/realtime?model=<model>`; '' if a target names none. */
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
 * The provider's name for a conversation changes with each turn (`previous_response_id`), so it is used only if the
 * client does not name it; it is still better than the opening, which is then the last message.
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
  return digestOf(name, [{ start: 0, end: name.length }], NAME_SEED);
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
