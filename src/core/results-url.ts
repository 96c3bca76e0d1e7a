import { Readable } from 'node:stream';
import type { IncomingHttpHeaders } from 'node:http';
import type { Provider } from '../providers/provider';
import type { UpstreamAnswer } from './answer';
import { readBeginning } from './buffered-response';
import type { Exchange } from './exchange';
import { headerIn, type RawHeaders } from './headers';

/** A page of a list has a thousand batches at most, of half a KB each. */
const MAX_BYTES = 1024 * 1024;

/** Whether a response on this path may have an address of the upstream in its body, so that it is read and changed. */
export function rewritesBody({ bodyAddresses }: Provider, method: string | undefined, path: string): boolean {
  return bodyAddresses !== undefined && method !== 'HEAD' && bodyAddresses.paths.test(path);
}

/** A request's headers such that the response comes in plain bytes. */
export function askingForPlainBytes(raw: RawHeaders): RawHeaders {
  const kept = raw.filter((_, at) => raw[at - (at % 2)]?.toLowerCase() !== 'accept-encoding');
  return [...kept, 'Accept-Encoding', 'identity'];
}

/**
 * The response with each address in the provider's member of its JSON as `own` gives it. The very same response, with
 * nothing read or everything put back, if it is no plain JSON of a success, or too long to be read.
 * @param rawHeaders of the response, as they may be told
 * @param own an address as the client is to have it; `undefined` to leave it
 * @throws ProxyError `upstream-cut`; whatever stops the exchange meanwhile
 */
export async function withOwnBodyAddresses(
  upstream: UpstreamAnswer,
  rawHeaders: RawHeaders,
  exchange: Exchange,
  own: (address: string) => string | undefined,
): Promise<UpstreamAnswer> {
  const { bodyAddresses } = exchange.provider;
  const { statusCode = 502 } = upstream;
  const isPlainJson =
    /^application\/json\b/i.test(headerIn(rawHeaders, 'content-type') ?? '') &&
    (headerIn(rawHeaders, 'content-encoding') ?? 'identity') === 'identity';
  if (!bodyAddresses || !isPlainJson || statusCode < 200 || statusCode > 299) return upstream;
  const { bytes, ended } = await readBeginning(upstream, exchange, (size) => size > MAX_BYTES);
  return ended
    ? new ReadAnswer(upstream, rawHeaders, withOwnMember(bytes, bodyAddresses.member, own))
    : upstream;
}

/** JSON with each string of this member replaced where `own` has another for it; every other byte stays. */
export function withOwnMember(
  json: Buffer,
  member: string,
  own: (address: string) => string | undefined,
): Buffer {
  // As latin1, a byte a character, whatever the text is in; addresses are ASCII. A slash may be written as `\/`.
  const text = json.toString('latin1');
  const pattern = new RegExp(`("${member}"[ \\t\\r\\n]*:[ \\t\\r\\n]*)"([^"]*)"`, 'g');
  const changed = text.replace(pattern, (whole, before: string, written: string) => {
    const address = written.replaceAll('\\/', '/');
    const ours = address.includes('\\') ? undefined : own(address);
    return ours === undefined ? whole : before + JSON.stringify(ours);
  });
  return changed === text ? json : Buffer.from(changed, 'latin1');
}

/** A response that was read whole, with another body. */
class ReadAnswer extends Readable implements UpstreamAnswer {
  readonly statusCode: number | undefined;
  readonly statusMessage: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly complete = true;

  constructor(upstream: UpstreamAnswer, rawHeaders: RawHeaders, bytes: Buffer) {
    super({
      read() {
        this.push(bytes);
        this.push(null);
      },
    });
    const { headers } = upstream;
    const length = String(bytes.length);
    this.statusCode = upstream.statusCode;
    this.statusMessage = upstream.statusMessage;
    this.headers = { ...headers, 'content-length': length };
    this.rawHeaders = [
      ...rawHeaders.filter((_, at) => rawHeaders[at - (at % 2)]?.toLowerCase() !== 'content-length'),
      'Content-Length',
      length,
    ];
  }
}
