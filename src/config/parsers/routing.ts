import type { UpstreamOrigin } from '../../proxy/routing/upstream-origin';
import { items, type ParseResult } from './basic';
import { isPrivateHost, readUpstreamOrigin } from './upstream';

/** One entry of PROVIDERS. */
export interface CustomProvider {
  readonly name: string;
  readonly origin: UpstreamOrigin;
  readonly isPrivate: boolean;
}

/** One entry of MODEL_ROUTES, unresolved. */
export interface ModelRouteEntry {
  /** A model's name; `*` stands for any characters but a slash. */
  readonly pattern: string;
  readonly provider: string;
  /** The model's name at that provider; `undefined` if it is the same. */
  readonly model: string | undefined;
}

/** A path segment and, in upper case, a prefix of variable names. */
const NAME = /^[a-z][a-z0-9]{1,30}$/;

/** `name=https://base.example.com/v1,…`: the base URL as in an OpenAI SDK's settings, so it replaces `/v1`. */
export function customProviders(text: string): ParseResult<readonly CustomProvider[]> {
  const providers: CustomProvider[] = [];
  for (const item of items(text, /[,\n]/)) {
    const [, name = '', url = ''] = /^([^=]*)=(.*)$/s.exec(item) ?? [];
    if (!NAME.test(name)) {
      return {
        problem:
          'must be a comma-separated list of name=base-url, each name of 2 to 31 lower-case letters and digits.',
      };
    }
    const origin = readUpstreamOrigin(url.trim());
    if ('problem' in origin) return { problem: `has an entry, ${name}, whose base URL ${origin.problem}` };
    providers.push({
      name,
      origin: { ...origin.value, replacesV1: true },
      isPrivate: isPrivateHost(origin.value.hostname),
    });
  }
  const names = providers.map(({ name }) => name);
  if (new Set(names).size < names.length) return { problem: 'has the same name twice.' };
  return { value: providers };
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
