import { memberNamed, membersOf } from '../json/scan';
import { appended, spliced } from './splice';
import type { Transform } from './transform';

const ASKING = '"include_usage":true';

/**
 * Asks for the usage of a streamed chat, where the client has not said whether it wants it. Everything else of the body
 * stays as it is.
 */
export const askForUsage: Transform = (json) => {
  if (!json.mayHave('stream')) return json;
  const { bytes, members } = json;
  const stream = members && memberNamed(members, 'stream')?.value;
  if (!stream || bytes.toString('latin1', stream.start, stream.end) !== 'true') return json;
  const options = memberNamed(members, 'stream_options')?.value;
  if (!options) return spliced(json, [appended(members, 0, `"stream_options":{${ASKING}}`)]);
  if (bytes.toString('latin1', options.start, options.end) === 'null')
    return spliced(json, [{ ...options, text: `{${ASKING}}` }]);
  const own = membersOf(bytes, options);
  if (!own || memberNamed(own, 'include_usage')) return json;
  const at = options.start + 1;
  return spliced(json, [{ start: at, end: at, text: own.length === 0 ? ASKING : `${ASKING},` }]);
};
