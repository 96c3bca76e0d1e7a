import { MAX_MODEL_BYTES } from '../routing/model-routes';

/** A model as its provider lists it. */
export interface ListedModel {
  /** The provider's own name for it, as requests have it. */
  readonly id: string;
  /** For people; `undefined` if the provider has none. */
  readonly title: string | undefined;
  /** In seconds since 1970; 0 if it is not known. */
  readonly createdAt: number;
}

/** No provider has as many. */
const MAX_MODELS = 10_000;
const MAX_TITLE_LENGTH = 200;
/** Seconds of the year 2100; what is later was told in ms, or is no time. */
const MAX_SECONDS = 4_102_444_800;
// eslint-disable-next-line no-control-regex -- the pattern searches for control characters
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Reads a provider's list: `{"data":[…]}` as OpenAI and Anthropic have it, or the list alone, as together has it
 * (https://docs.together.ai/reference/models-1).
 * @param namePrefix what is left out at the beginning of each name
 * @returns `undefined` if it is no list of models
 */
export function parseModels(text: string, namePrefix = ''): readonly ListedModel[] | undefined {
  const items = itemsOf(text);
  if (!items || items.length > MAX_MODELS) return undefined;
  const models = new Map<string, ListedModel>();
  for (const item of items) {
    const model = modelOf(item, namePrefix);
    if (model && !models.has(model.id)) models.set(model.id, model);
  }
  return models.size === 0 && items.length > 0 ? undefined : [...models.values()];
}

function itemsOf(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const list: unknown = isObject(value) && !Array.isArray(value) ? value['data'] : value;
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}

function modelOf(item: unknown, namePrefix: string): ListedModel | undefined {
  if (!isObject(item)) return undefined;
  const { id } = item;
  if (typeof id !== 'string') return undefined;
  const name = id.startsWith(namePrefix) ? id.slice(namePrefix.length) : id;
  if (name === '' || name.length > MAX_MODEL_BYTES || CONTROL.test(name)) return undefined;
  const { display_name: displayName, name: title, created, created_at: createdAt } = item;
  return {
    id: name,
    title: titleOf(displayName) ?? titleOf(title),
    createdAt: secondsOf(created ?? createdAt),
  };
}

function titleOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TITLE_LENGTH ? value : undefined;
}

/** A number of seconds or ms, or a date as text. */
function secondsOf(value: unknown): number {
  const number = typeof value === 'string' ? Date.parse(value) / 1_000 : Number(value);
  const seconds = number > MAX_SECONDS ? number / 1_000 : number;
  return seconds > 0 && seconds <= MAX_SECONDS ? Math.floor(seconds) : 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
