import type { JsonBody } from '../transforms/json-body';
import { elementsOf, membersOf, type Member, type Span } from '../transforms/json-scan';
import { keptPathOf, plainId, type KeptPath } from './kept-collections';

/** What a request has to do with objects that its provider keeps for the key that made them. */
export interface KeptObjects {
  /** Ids of such objects that it names in its path, its query or a member of its body, the most telling first; at most 8. */
  readonly ids: readonly string[];
  /** `ids` and those inside its messages and tools, which takes a search: where some are known, or an error response asks for them. */
  readonly allIds: () => readonly string[];
  /**
   * Those of `ids` that exist for a key if the response is 2xx: the path's, and what a response goes on from. Others
   * prove nothing: a provider may ignore a member that it does not know, and a client may write what it likes there.
   */
  readonly proven: readonly string[];
  /** Whether a 2xx response may name a new object in its beginning (`idsInHead`) or its headers (`idsInHeaders`). */
  readonly makes: boolean;
}

/** Of a request that is sent with the client's own key: whatever it names is that key's. */
export const NOTHING_KEPT: KeptObjects = { ids: [], allIds: () => [], proven: [], makes: false };

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
/** Members of the body, in the order in which they tell: a string, an object with an `id`, or a list of strings. */
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
/** Where a response goes on from these, there is one only for their key: its success proves whose they are. */
const GOING_ON = new Set(['responses', 'interactions']);
const PROVEN_MEMBERS = new Set(['previous_response_id', 'previous_interaction_id', 'conversation']);
/** Where in the body ids stand deeper, and behind which names. */
const DEEP: ReadonlyMap<string, readonly string[]> = new Map([
  ['messages', ['"file_id"']],
  ['input', ['"file_id"']],
  ['contents', ['"fileUri"', '"file_uri"']],
  ['tools', ['"vector_store_ids"', '"container"', '"fileSearchStoreNames"', '"file_search_store_names"']],
  ['tool_resources', ['"file_ids"', '"vector_store_ids"']],
]);
/** Of a long value only the beginning and the end are searched: a search through all of a prompt would cost much. */
const SEARCHED_BYTES = 32_768;
/** An address of a file is the longest that is written for an id. */
const MAX_WRITTEN_BYTES = 1_024;

/** Finds what a request names, without building its JSON. */
export function keptObjectsOf(request: KeptRequest): KeptObjects {
  const path = keptPathOf(request.path);
  const members = request.json?.members;
  const makes = makesObject(request, path, members);
  const inTarget =
    request.query === '' ? path.ids : [...path.ids, ...idsInQuery(request.query)].slice(0, MAX_IDS);
  if (!request.json || !members) return { ids: inTarget, allIds: () => inTarget, proven: path.ids, makes };
  const body = request.json.bytes;
  const named = members.filter(({ key }) => key !== undefined && NAMING.has(key));
  if (named.length === 0) {
    const allIds = () => distinct([...inTarget, ...members.flatMap((member) => deepIds(body, member))]);
    return { ids: inTarget, allIds, proven: path.ids, makes };
  }
  named.sort((one, other) => NAMING_MEMBERS.indexOf(one.key ?? '') - NAMING_MEMBERS.indexOf(other.key ?? ''));
  const goesOn = path.endsInCollection && GOING_ON.has(path.collection ?? '');
  const proving = (goesOn ? named : []).filter(({ key }) => PROVEN_MEMBERS.has(key ?? ''));
  const ids = distinct([...inTarget, ...named.flatMap(({ value }) => idsAt(body, value))]);
  return {
    ids,
    allIds: () => distinct([...ids, ...members.flatMap((member) => deepIds(body, member))]),
    proven: [...path.ids, ...proving.flatMap(({ value }) => idsAt(body, value))],
    makes,
  };
}

function distinct(ids: readonly string[]): readonly string[] {
  return ids.length < 2 ? ids : [...new Set(ids)].slice(0, MAX_IDS);
}

/** A WebSocket beside a call (`/v1/realtime?call_id=…`), a resumable upload. */
function idsInQuery(query: string): string[] {
  const written = query === '' ? undefined : /[?&](?:call_id|upload_id)=([^&]+)/.exec(query)?.[1];
  const id = written === undefined ? undefined : plainId(written);
  return id === undefined ? [] : [id];
}

function makesObject(
  { method, path: target, json }: KeptRequest,
  path: KeptPath,
  members: readonly Member[] | undefined,
): boolean {
  // A batch tells the files that it has written.
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

/** In a text that a user wrote each quote has a backslash before it, so that none looks like a name in quotes. */
function deepIds(body: Buffer, { key, value }: Member): string[] {
  const names = DEEP.get(key ?? '');
  if (!names) return [];
  const part = body.subarray(value.start, value.end);
  const parts =
    part.length <= 2 * SEARCHED_BYTES
      ? [part]
      : [part.subarray(0, SEARCHED_BYTES), part.subarray(-SEARCHED_BYTES)];
  return parts.flatMap((one) => names.flatMap((name) => idsBehind(one, name)));
}

/** The first string behind each of the first names: `"file_id": "…"`, `"vector_store_ids": ["…"`. */
function idsBehind(text: Buffer, name: string): string[] {
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
