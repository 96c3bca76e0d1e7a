import { isApiSegment } from '../routing/known-paths';
import { decoded } from '../../http/credentials';
import { Memo } from '../routing/memo';

/**
 * Segments that name a collection of objects that a provider stores for the project of the key that made them; the
 * segment after one is an object's id. The API references:
 * https://platform.openai.com/docs/api-reference · https://docs.anthropic.com/en/api · https://ai.google.dev/api
 */
const COLLECTIONS: Readonly<Record<Use, ReadonlySet<string>>> = {
  /** One request may name several: files in a prompt, files of a vector store, an assistant and its thread. */
  together: words(
    `files uploads vector_stores file_batches containers skills assistants threads
    evals fileSearchStores documents corpora agents environments vaults memory_stores voice_consents`,
  ),
  /** Each is used alone, so they can be spread over the keys. */
  alone: words(
    `responses conversations completions videos characters batches jobs fine-tunes runs calls sessions
    cachedContents tunedModels operations interactions generatedFiles models`,
  ),
};
type Use = 'together' | 'alone';

/** Segments that may be in the place of an id, but are not ids. */
const NOT_IDS = words(
  'alpha checkpoints client_secrets completed extensions graders me metadata transcription_sessions',
);
/** Segments below an object at which a POST makes a new object: `/v1/videos/<id>/remix`, `/v1/uploads/<id>/complete`. */
const MAKING: Readonly<Record<string, ReadonlySet<string>>> = {
  videos: words('remix edits extensions'),
  uploads: words('complete'),
};
/** Google's verbs that make an operation, a batch or a document: `/v1beta/models/veo-3:predictLongRunning`. */
const MAKING_VERBS = words(
  'predictLongRunning batchGenerateContent asyncBatchEmbedContent uploadToFileSearchStore importFile',
);

/** More segments than any API's path has. */
const MAX_SEGMENTS = 16;
/** Ids are names of a few dozen bytes; Google's `upload_id` is the longest. */
const ID = /^[\w.:-]{1,512}$/;

/** The parts of a path that name stored objects. */
export interface KeptPath {
  /** The ids in it, the outermost first. */
  readonly ids: readonly string[];
  /** Its last collection; `undefined` if it has none. */
  readonly collection: string | undefined;
  /** Whether the path ends in the collection: an object is made there, or all are listed. */
  readonly endsInCollection: boolean;
  /** Whether a GET to it lists the objects of a key; models are the same for all. */
  readonly listed: boolean;
  /** Whether an object that is made there is used together with others that the client made. */
  readonly together: boolean;
  /** Whether a POST to it makes an object although it does not end in a collection. */
  readonly makes: boolean;
}

/**
 * Parses a path as it is relayed, with or without a version or another prefix. Only whole segments count; Google's verbs
 * (`files/<id>:download`) are removed.
 */
export function keptPathOf(path: string): KeptPath {
  return keptPaths.of(path);
}

const keptPaths = new Memo(readKeptPath);

function readKeptPath(path: string): KeptPath {
  const segments = path.split('/', MAX_SEGMENTS);
  const ids: string[] = [];
  let collection: string | undefined;
  let together = false;
  let endsAt = -1;
  segments.forEach((segment, at) => {
    const use = useOf(segment);
    if (!use) return;
    collection = segment;
    together ||= use === 'together';
    endsAt = at;
    const id = idOf(segments[at + 1] ?? '', segment);
    if (id !== undefined) ids.push(id);
  });
  const last = segments[segments.length - 1] ?? '';
  const endsInCollection = endsAt === segments.length - 1;
  return {
    ids,
    collection,
    endsInCollection,
    listed: endsInCollection && collection !== 'models',
    together,
    makes:
      MAKING_VERBS.has(last.slice(last.lastIndexOf(':') + 1)) ||
      (collection !== undefined && MAKING[collection]?.has(last) === true),
  };
}

/** Whether a request may be about objects that were made before, as its path shows: by their ids there, or in its body. */
export function mayNameObjects(path: string, method: string): boolean {
  const { ids, collection } = keptPathOf(path);
  return ids.length > 0 || (method === 'POST' && collection !== undefined);
}

/**
 * Whether one key should serve all such requests of a client: its objects are used together, or they are listed, page by
 * page, and another key would not know the place where a page ended.
 */
export function worksOnSharedObjects(path: string, method: string): boolean {
  if (path.length <= 1) return false;
  const { together, listed } = keptPathOf(path);
  return together || (method === 'GET' && listed);
}

/** The id in any form: alone, or the last segment of Google's `files/<id>` or of a URL, encoded or not. */
export function plainId(written: string): string | undefined {
  const whole = written.includes('%') ? decoded(written) : written;
  const id = whole.slice(whole.lastIndexOf('/') + 1);
  return ID.test(id) ? id : undefined;
}

function useOf(segment: string): Use | undefined {
  if (COLLECTIONS.together.has(segment)) return 'together';
  return COLLECTIONS.alone.has(segment) ? 'alone' : undefined;
}

function idOf(segment: string, collection: string): string | undefined {
  if (segment === '' || isApiSegment(segment) || NOT_IDS.has(segment) || useOf(segment)) return undefined;
  const id = plainId(segment);
  // Models belong to all, except those that a project has tuned.
  if (collection === 'models') return id?.startsWith('ft:') ? id : undefined;
  return id?.startsWith('ft:') ? id : id?.split(':', 1)[0];
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}
