import { items, type ParseResult } from './basic';

/** One entry of MODEL_ROUTES, unresolved. */
export interface ModelRouteEntry {
  /** A model's name; `*` stands for any characters but a slash. */
  readonly pattern: string;
  readonly provider: string;
  /** The model's name at that provider; `undefined` if it is the same. */
  readonly model: string | undefined;
}

/** `pattern=provider`, `alias=provider/model`. */
export function modelRoutes(text: string): ParseResult<readonly ModelRouteEntry[]> {
  const routes: ModelRouteEntry[] = [];
  for (const item of items(text, /[,\n]/)) {
    const [, pattern = '', provider = '', model] =
      /^([^=\s]+)=([a-z][a-z0-9]*)(?:\/([^\s*"\\]+))?$/.exec(item) ?? [];
    if (pattern === '') {
      return {
        problem:
          'must be a comma-separated list of model=provider or alias=provider/model, without spaces; only the model on the left may have a "*".',
      };
    }
    routes.push({ pattern, provider, model });
  }
  return { value: routes };
}
