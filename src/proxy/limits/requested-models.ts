import type { JsonBody } from '../../json/json-body';
import { MAX_MODEL_BYTES } from '../routing/model-routes';
import { fullyDecoded } from '../../secrets/token-filter';

/** OpenRouter reads at most a few. */
const MAX_LIST_BYTES = 4_096;
/** More are named only to deceive. */
const MAX_MODELS = 100;
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
  for (const { key, value } of members) {
    // Parsers differ: for Go's any spelling names the member (`Model`), and of several the first may count.
    const name = key?.toUpperCase();
    if (name !== 'MODEL' && name !== 'MODELS') continue;
    const text = bytes.subarray(value.start, Math.min(value.end, value.start + MAX_LIST_BYTES));
    const named = name === 'MODELS' ? stringsIn(text) : key === 'model' && model ? [model] : stringIn(text);
    if (!named || models.length > MAX_MODELS) return undefined;
    models.push(...named);
  }
  return models;
}

/** A text that is no longer than a name may be, with its quotes. */
function stringIn(text: Buffer): readonly string[] | undefined {
  return text.length <= MAX_MODEL_BYTES + 2 ? stringsIn(`[${text.toString('utf8')}]`) : undefined;
}

function stringsIn(text: Buffer | string): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(text.toString('utf8'));
    return Array.isArray(list) && list.every((item) => typeof item === 'string' && item !== '')
      ? list
      : undefined;
  } catch {
    return undefined;
  }
}
