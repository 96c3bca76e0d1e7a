import type { JsonBody } from '../../json/json-body';
import { memberNamed, stringMember } from '../../json/scan';
import { MAX_MODEL_BYTES } from '../routing/model-routes';
import { fullyDecoded } from '../../secrets/token-filter';

/** OpenRouter reads at most a few. */
const MAX_LIST_BYTES = 4_096;
/** Where paths and queries name a model: Google, Azure, Realtime. Each has one at most; more are sent to deceive. */
const IN_TARGET = /(?:\/(?:models|deployments)\/|[?&]model=)([^/:?&]+)/g;

/**
 * Every model that a request may use: in its body (`model`, OpenRouter's `models`), its path and its query; any of them
 * may be the one that the provider obeys.
 * @param model what is sent in place of the body's `model`, if that is replaced
 * @returns `undefined` if the body has such a member that cannot be read
 */
export function requestedModels(
  json: JsonBody | undefined,
  target: string,
  model?: string,
): readonly string[] | undefined {
  const models = [...target.matchAll(IN_TARGET)].map(([, name = '']) => fullyDecoded(name));
  if (!json) return models;
  const { members, bytes } = json;
  if (!members) return undefined;
  for (const name of ['model', 'models']) {
    const value = memberNamed(members, name)?.value;
    if (!value) continue;
    const named =
      name === 'model'
        ? listOf(model ?? stringMember(bytes, members, name, MAX_MODEL_BYTES))
        : stringsIn(bytes.subarray(value.start, Math.min(value.end, value.start + MAX_LIST_BYTES)));
    if (!named) return undefined;
    models.push(...named);
  }
  return models;
}

function listOf(model: string | undefined): readonly string[] | undefined {
  return model === undefined ? undefined : [model];
}

function stringsIn(text: Buffer): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(text.toString('utf8'));
    return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}
