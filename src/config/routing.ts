import type { UpstreamOrigin } from '../core/upstream-origin';
import { items, type Reading } from './readers';
import { isPrivateHost, readUpstreamOrigin } from './upstream-origin';

/** One entry of PROVIDERS. */
export interface CustomProvider {
  readonly name: string;
  readonly origin: UpstreamOrigin;
  readonly isPrivate: boolean;
}

/** One entry of MODEL_ROUTES, as it is written. */
export interface ModelRouteEntry {
  /** A model's name; `*` stands for any characters but a slash. */
  readonly pattern: string;
  readonly provider: string;
  /** What the model is called there; undefined where it is called the same. */
  readonly model: string | undefined;
}

/** A segment of a path and, in capitals, the stem of variables. */
const NAME = /^[a-z][a-z0-9]{1,30}$/;

/** `name=https://base.example.com/v1,…`: the base URL as an OpenAI SDK would be given it, so it stands for `/v1`. */
export function customProviders(text: string): Reading<readonly CustomProvider[]> {
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
      origin: { ...origin.value, standsForV1: true },
      isPrivate: isPrivateHost(origin.value.hostname),
    });
  }
  const names = providers.map(({ name }) => name);
  if (new Set(names).size < names.length) return { problem: 'has the same name twice.' };
  return { value: providers };
}

/** `pattern=provider`, `alias=provider/model`. */
export function modelRoutes(text: string): Reading<readonly ModelRouteEntry[]> {
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
