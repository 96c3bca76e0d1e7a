import type { JsonBody } from '../../json/json-body';
import { elementsOf, membersOf, type Member, type Span } from '../../json/scan';
import { keptPathOf, plainId, type KeptPath } from './kept-collections';

/** The objects in a request that its provider stores for the key that made them. */
export interface KeptObjects {
  /** Ids of such objects in its path, its query or a member of its body, the most specific first; at most 8. */
  readonly ids: readonly string[];
  /** `ids` and those in its messages and tools; takes a search, so used only if some are known or after an error response. */
  readonly allIds: () => readonly string[];
  /**
   * Those of `ids` that a 2xx response proves to exist for a key: the path's, and those that a response continues from.
   * Others prove nothing: a provider may ignore an unknown member, and a client may write anything there.
   */
  readonly verified: readonly string[];
  /** Whether a 2xx response may name a new object in its beginning (`idsInHead`) or its headers (`idsInHeaders`). */
  readonly makes: boolean;
}

/** For a request that is sent with the client's own key: all objects it names belong to that key. */
export const NOTHING_KEPT: KeptObjects = { ids: [], allIds: () => [], verified: [], makes: false };

export interface KeptRequest {
  readonly method: string;
  /** As it is relayed. */
  readonly path: string;
  /** `?…`, or ''. */
  readonly query: string;
  /** `undefined` if the body was not read. */
  readonly json: JsonBody | undefined;
}

const MAX_IDS = 8;
/** Members of the body, the most specific first: a string, an object with an `id`, or a list of strings. */
const NAMING_MEMBERS = [
  ...[
    'previous_response_id',
    'previous_interaction_id',
    'conversation',
    'container',
    'thread_id',
    'assistant_id',
  ],
  ...['agent', 'environment_id', 'vault_ids', 'input_file_id', 'training_file', 'validation_file', 'file_id'],
  ...[
    'file_ids',
    'batch_id',
    'vector_store_id',
    'vector_store_ids',
    'cachedContent',
    'cached_content',
    'video',
  ],
];
const NAMING = new Set(NAMING_MEMBERS);
/** Collections whose objects continue from others: success proves that those belong to the same key. */
const CONTINUING = new Set(['responses', 'interactions']);
const PROVEN_MEMBERS = new Set(['previous_response_id', 'previous_interaction_id', 'conversation']);
/** The members of the body that contain ids at a deeper level, and the names before those ids. */
const DEEP: ReadonlyMap<string, readonly string[]> = new Map([
  ['messages', ['"file_id"']],
  ['input', ['"file_id"']],
  ['contents', ['"fileUri"', '"file_uri"']],
  [
    'tools',
    [
      ...['"vector_store_ids"', '"container"', '"file_ids"', '"file_id"', '"skill_id"'],
      ...['"fileSearchStoreNames"', '"file_search_store_names"'],
    ],
  ],
  ['tool_resources', ['"file_ids"', '"vector_store_ids"']],
  ['container', ['"skill_id"']],
  // Edits of images: https://platform.openai.com/docs/api-reference/images/createEdit
  ['images', ['"file_id"']],
  ['mask', ['"file_id"']],
  ['input_reference', ['"file_id"']],
  // Batches: of Anthropic and of Google, whose requests are in the body, and Google's from a file.
  ['requests', ['"file_id"', '"skill_id"']],
  ['batch', ['"fileName"', '"file_name"', '"fileUri"', '"file_uri"']],
]);
/** Of a long value only the beginning and the end are searched: a search through all of a prompt would cost much. */
const SEARCHED_BYTES = 32_768;
/** The URL of a file is the longest form of an id. */
const MAX_WRITTEN_BYTES = 1_024;

/** Finds the objects that a request names, without parsing its JSON into objects. */
export function keptObjectsOf(request: KeptRequest): KeptObjects {
  const path = keptPathOf(request.path);
  const members = request.json?.members;
  const makes = makesObject(request, path, members);
  const inTarget =
    request.query === '' ? path.ids : [...path.ids, ...idsInQuery(request, path)].slice(0, MAX_IDS);
  if (!request.json || !members) return { ids: inTarget, allIds: () => inTarget, verified: path.ids, makes };
  const body = request.json.bytes;
  const named = members.filter(({ key }) => key !== undefined && NAMING.has(key));
  if (named.length === 0) {
    const allIds = () => distinct([...inTarget, ...members.flatMap((member) => deepIds(body, member))]);
    return { ids: inTarget, allIds, verified: path.ids, makes };
  }
  named.sort((one, other) => NAMING_MEMBERS.indexOf(one.key ?? '') - NAMING_MEMBERS.indexOf(other.key ?? ''));
  const continues = path.endsInCollection && CONTINUING.has(path.collection ?? '');
  const proving = (continues ? named : []).filter(({ key }) => PROVEN_MEMBERS.has(key ?? ''));
  const ids = distinct([...inTarget, ...named.flatMap(({ value }) => idsAt(body, value))]);
  return {
    ids,
    allIds: () => distinct([...ids, ...members.flatMap((member) => deepIds(body, member))]),
    verified: [...path.ids, ...proving.flatMap(({ value }) => idsAt(body, value))],
    makes,
  };
}

function distinct(ids: readonly string[]): readonly string[] {
  return ids.length < 2 ? ids : [...new Set(ids)].slice(0, MAX_IDS);
}

const NAMED_IN_QUERY = /[?&](?:call_id|upload_id)=([^&]+)/;
/** The object behind or before which a page of a list begins. */
const CURSOR = /[?&](?:after|before)(?:_id)?=([^&]+)/;

/** Of a WebSocket that belongs to a call (`/v1/realtime?call_id=…`), a resumable upload, or the next page of a list. */
function idsInQuery({ method, query }: KeptRequest, path: KeptPath): string[] {
  if (query === '') return [];
  const written = [NAMED_IN_QUERY, ...(method === 'GET' && path.listed ? [CURSOR] : [])].map(
    (pattern) => pattern.exec(query)?.[1],
  );
  return written.flatMap((id) => (id === undefined ? [] : known(plainId(id))));
}

function makesObject(
  { method, path: target, json }: KeptRequest,
  path: KeptPath,
  members: readonly Member[] | undefined,
): boolean {
  // A batch names the files that it has written.
  if (method === 'GET') return path.collection === 'batches' && path.ids.length > 0;
  if (method !== 'POST' && !(method === 'PUT' && target.startsWith('/upload/'))) return false;
  if (path.makes) return true;
  if (!path.endsInCollection) return false;
  const stores = (value: string) => {
    const at = members?.find(({ key }) => key === 'store')?.value;
    return (
      at !== undefined && json?.bytes.toString('latin1', at.start, Math.min(at.end, at.start + 6)) === value
    );
  };
  if (path.collection === 'completions') return stores('true'); // kept only on request
  return path.collection === 'responses' ? !stores('false') : path.collection !== 'models';
}

function idsAt(body: Buffer, value: Span): string[] {
  const first = body[value.start];
  if (value.end - value.start > SEARCHED_BYTES) return [];
  if (first === QUOTE) return known(idIn(body, value));
  if (first === OPEN_BRACE) {
    const id = membersOf(body, value)?.find(({ key }) => key === 'id')?.value;
    return id ? known(idIn(body, id)) : [];
  }
  if (first !== OPEN_BRACKET) return [];
  return (elementsOf(body, value) ?? []).slice(0, MAX_IDS).flatMap((element) => known(idIn(body, element)));
}

const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;

function idIn(body: Buffer, { start, end }: Span): string | undefined {
  if (body[start] !== QUOTE || end - start > MAX_WRITTEN_BYTES) return undefined;
  return plainId(body.toString('latin1', start + 1, end - 1));
}

function known(id: string | undefined): string[] {
  return id === undefined ? [] : [id];
}

/** In a user's text each quote has a backslash before it, so it cannot be mistaken for a name in quotes. */
function deepIds(body: Buffer, { key, value }: Member): string[] {
  const names = DEEP.get(key ?? '');
  if (!names) return [];
  const part = body.subarray(value.start, value.end);
  const parts =
    part.length <= 2 * SEARCHED_BYTES
      ? [part]
      : [part.subarray(0, SEARCHED_BYTES), part.subarray(-SEARCHED_BYTES)];
  return parts.flatMap((one) => names.flatMap((name) => idsAfter(one, name)));
}

/** The first string after each of the first names: `"file_id": "…"`, `"vector_store_ids": ["…"`. */
function idsAfter(text: Buffer, name: string): string[] {
  const ids: string[] = [];
  for (let found = 0, at = text.indexOf(name); at !== -1 && found < MAX_IDS; found++) {
    const from = at + name.length;
    const written = /^\s{0,8}:\s{0,8}(?:\[\s{0,8})?"([^"\\]{1,1024})"/.exec(
      text.toString('latin1', from, from + MAX_WRITTEN_BYTES),
    )?.[1];
    ids.push(...known(written === undefined ? undefined : plainId(written)));
    at = text.indexOf(name, from);
  }
  return ids;
}
