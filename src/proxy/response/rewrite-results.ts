import { Readable } from 'node:stream';
import type { IncomingHttpHeaders } from 'node:http';
import type { UpstreamResponse } from '../upstream/upstream-response';
import { readBeginning } from '../upstream/buffered-response';
import type { Exchange } from '../exchange/exchange';
import { headerIn, type RawHeaders } from '../../http/filter-headers';

/** A page of a list has a thousand batches at most, of half a KB each. */
const MAX_BYTES = 1024 * 1024;

/**
 * The response with each URL in the provider's member of its JSON replaced by `own`. The same response, with nothing read
 * or everything put back, if it is not a success in plain JSON, or too long to be read.
 * @param rawHeaders of the response, without secrets
 * @param own returns the URL for the client; `undefined` to leave it
 * @throws ProxyError `upstream-cut`; the reason that stops the exchange meanwhile
 */
export async function withOwnBodyAddresses(
  upstream: UpstreamResponse,
  rawHeaders: RawHeaders,
  exchange: Exchange,
  own: (address: string) => string | undefined,
): Promise<UpstreamResponse> {
  const { bodyAddresses } = exchange.provider;
  const { statusCode = 502 } = upstream;
  const isPlainJson =
    /^application\/json\b/i.test(headerIn(rawHeaders, 'content-type') ?? '') &&
    (headerIn(rawHeaders, 'content-encoding') ?? 'identity') === 'identity';
  if (!bodyAddresses || !isPlainJson || statusCode < 200 || statusCode > 299) return upstream;
  const { bytes, ended } = await readBeginning(upstream, exchange, (size) => size > MAX_BYTES);
  return ended
    ? new RewrittenResponse(upstream, rawHeaders, withOwnMember(bytes, bodyAddresses.member, own))
    : upstream;
}

/** JSON with each string of this member replaced if `own` returns another; every other byte stays. */
export function withOwnMember(
  json: Buffer,
  member: string,
  own: (address: string) => string | undefined,
): Buffer {
  // As latin1, one byte a character, for any encoding; URLs are ASCII. A slash may be written as `\/`.
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
class RewrittenResponse extends Readable implements UpstreamResponse {
  readonly statusCode: number | undefined;
  statusMessage: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly complete = true;

  constructor(upstream: UpstreamResponse, rawHeaders: RawHeaders, bytes: Buffer) {
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
