import { MAX_MODEL_BYTES } from '../routing/model-routes';

/** The model that a query names. */
export interface QueryModel {
  readonly model: string;
  /** The query with another name, and every other byte as it was; the same if it is the same name. */
  readonly withModel: (name: string) => string;
}

const NAMING = 'model=';

/** @returns `undefined` if the query names none, several, or one that cannot be read */
export function modelInQuery(query: string): QueryModel | undefined {
  if (!query.includes(NAMING)) return undefined;
  const parts = query.slice(1).split('&');
  const naming = parts.filter((part) => part.startsWith(NAMING));
  const [only] = naming;
  if (only === undefined || naming.length > 1) return undefined;
  const model = decoded(only.slice(NAMING.length));
  if (model === undefined || model === '' || model.length > MAX_MODEL_BYTES) return undefined;
  return {
    model,
    withModel(name) {
      if (name === model) return query;
      const renamed = NAMING + encodeURIComponent(name);
      return `?${parts.map((part) => (part === only ? renamed : part)).join('&')}`;
    },
  };
}

function decoded(written: string): string | undefined {
  try {
    return decodeURIComponent(written);
  } catch {
    return undefined;
  }
}
