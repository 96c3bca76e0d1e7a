import { JsonBody } from '../json/json-body';
import { memberNamed, membersOf } from '../json/scan';
import type { Transform } from './transform';

const ASKING = '"include_usage":true';

/**
 * Asks for the usage of a streamed chat, where the client has not said whether it wants it. Everything else of the body
 * stays as it is.
 */
export const askForUsage: Transform = (json) => {
  if (!json.mayHave('stream')) return json;
  const { bytes, members } = json;
  const last = members?.at(-1);
  const stream = members && memberNamed(members, 'stream')?.value;
  if (!last || !stream || bytes.toString('latin1', stream.start, stream.end) !== 'true') return json;
  const options = memberNamed(members, 'stream_options')?.value;
  if (!options) return spliced(json, last.value.end, last.value.end, `,"stream_options":{${ASKING}}`);
  if (bytes.toString('latin1', options.start, options.end) === 'null')
    return spliced(json, options.start, options.end, `{${ASKING}}`);
  const own = membersOf(bytes, options);
  if (!own || memberNamed(own, 'include_usage')) return json;
  const at = options.start + 1;
  return spliced(json, at, at, own.length === 0 ? ASKING : `${ASKING},`);
};

function spliced({ bytes }: JsonBody, start: number, end: number, text: string): JsonBody {
  return new JsonBody(Buffer.concat([bytes.subarray(0, start), Buffer.from(text), bytes.subarray(end)]));
}
