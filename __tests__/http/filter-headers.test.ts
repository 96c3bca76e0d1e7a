import { fitHeaderLimit, inboundHeaders, outboundHeaders } from '../../src/http/filter-headers';

const OURS = {
  host: 'api.example.com',
  key: ['Authorization', 'Bearer sk-upstream'],
  framing: 'none',
} as const;

/** What is sent on of one inbound header: its value, or undefined. */
function passed(name: string, value = 'v', more: string[] = []): string | undefined {
  const headers = outboundHeaders([name, value, ...more], OURS);
  const at = headers.findIndex((part, index) => index % 2 === 0 && part.toLowerCase() === name.toLowerCase());
  return headers[at + 1] === undefined || at === -1 ? undefined : headers[at + 1];
}

describe('outboundHeaders', () => {
  it.each(
    `Connection Keep-Alive Proxy-Authorization Proxy-Connection TE Trailer Transfer-Encoding Upgrade Expect HTTP2-Settings
    X-Api-Key Api-Key X-Goog-Api-Key Cookie X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto Forwarded X-Real-IP Via
    CF-Connecting-IP CF-IPCountry CF-Ray True-Client-IP X-Client-IP X-Cluster-Client-IP Fastly-Client-IP X-Scf-Request-Id
    X-Scf-Secret-Key X-Scf-Session-Token X-Scf-Remote-Addr X-Api-RequestId X-Vercel-Forwarded-For X-AppEngine-User-IP
    X-Amzn-Trace-Id CDN-Loop Origin Referer X-Original-Forwarded-For X-Envoy-External-Address X-Azure-ClientIP
    EO-Connecting-IP Ali-Cdn-Real-Ip Sec-Fetch-Site Sec-CH-UA-Platform Fly-Client-IP X-Remote-Addr X-Tencent-Ua`
      .split(/\s+/)
      .map((name) => [name]),
  )('never sends %s on', (name) => {
    expect(passed(name)).toBeUndefined();
    expect(passed(name.toLowerCase())).toBeUndefined();
    expect(passed(name.toUpperCase())).toBeUndefined();
  });

  it.each(
    `Accept Accept-Encoding Accept-Language Content-Type Content-Encoding User-Agent Anthropic-Version Anthropic-Beta
    Anthropic-Dangerous-Direct-Browser-Access OpenAI-Organization OpenAI-Project OpenAI-Beta X-Stainless-Lang Idempotency-Key
    X-Client-Request-Id X-Request-Id X-App Session-Id X-Claude-Code-Session-Id X-Codex-Turn-State X-Initiator HTTP-Referer X-Title
    X-Ms-Client-Request-Id Range If-None-Match Content-Disposition X-Should-Retry`
      .split(/\s+/)
      .map((name) => [name]),
  )('sends %s on unchanged', (name) => {
    expect(passed(name, 'as It; came="1"')).toBe('as It; came="1"');
  });

  it('drops the headers that Connection names, in each of its lines', () => {
    const headers = outboundHeaders(
      ['Connection', 'close, X-Hop', 'X-Hop', '1', 'connection', 'x-two', 'X-Two', '2', 'X-Three', '3'],
      OURS,
    );
    expect(headers).not.toContain('X-Hop');
    expect(headers).not.toContain('X-Two');
    expect(headers).toContain('X-Three');
  });

  it.each(['content-type', 'Content-Type', 'content-encoding'])(
    'keeps %s, on which routing and framing depend, even if Connection names it',
    (name) => {
      const inbound = ['Connection', `close, ${name}, x-hop`, 'X-Hop', '1', name, 'as it came'];
      const outbound = outboundHeaders(inbound, OURS);
      expect(outbound[outbound.indexOf(name) + 1]).toBe('as it came');
      const relayed = inboundHeaders(inbound, { ownHeaders: [], eventStream: false });
      expect(relayed).toEqual([name, 'as it came']);
    },
  );

  it('keeps case, order and repetitions', () => {
    const headers = outboundHeaders(
      ['anthropic-BETA', 'a', 'Accept', '*/*', 'anthropic-BETA', 'b', 'User-Agent', 'u'],
      OURS,
    );
    expect(headers).toEqual([
      'Host',
      'api.example.com',
      'anthropic-BETA',
      'a',
      'Accept',
      '*/*',
      'anthropic-BETA',
      'b',
      'User-Agent',
      'u',
      'Authorization',
      'Bearer sk-upstream',
    ]);
  });

  it('replaces every credential with the one key', () => {
    const headers = outboundHeaders(
      ['Authorization', 'Bearer a|b', 'authorization', 'Bearer c', 'x-api-key', 'd', 'User-Agent', 'u'],
      OURS,
    );
    expect(headers).toEqual([
      'Host',
      'api.example.com',
      'User-Agent',
      'u',
      'Authorization',
      'Bearer sk-upstream',
    ]);
  });

  it('sends no user agent if the client sent none', () => {
    const headers = outboundHeaders([], OURS);
    expect(headers[headers.indexOf('User-Agent') + 1]).toBe('node');
  });

  it.each([
    ['none', []],
    ['chunked', ['Transfer-Encoding', 'chunked']],
    [{ contentLength: 0 }, ['Content-Length', '0']],
    [{ contentLength: 7 }, ['Content-Length', '7']],
  ] as const)('writes the framing of a %j body itself', (framing, expected) => {
    const headers = outboundHeaders(['Content-Length', '999', 'User-Agent', 'u'], { ...OURS, framing });
    expect(headers.slice(6)).toEqual(expected);
  });
});

describe('inboundHeaders', () => {
  const cors = ['Access-Control-Allow-Origin', '*'];

  it('passes the upstream’s headers, less hop-by-hop ones, cookies and its own CORS', () => {
    const upstream = [
      'X-Request-Id',
      'r',
      'Set-Cookie',
      '__cf=1',
      'Connection',
      'keep-alive, X-Hop',
      'X-Hop',
      '1',
      'Keep-Alive',
      'timeout=5',
      'Transfer-Encoding',
      'chunked',
      'access-control-allow-origin',
      'https://x',
      'Content-Encoding',
      'br',
    ];
    expect(inboundHeaders(upstream, { ownHeaders: cors, eventStream: false })).toEqual([
      'X-Request-Id',
      'r',
      'Content-Encoding',
      'br',
      ...cors,
    ]);
  });

  it('sends headers against buffering of an event stream', () => {
    const headers = inboundHeaders(['Cache-Control', 'max-age=5', 'X-Accel-Buffering', 'yes'], {
      ownHeaders: [],
      eventStream: true,
    });
    expect(headers).toEqual(['X-Accel-Buffering', 'no', 'Cache-Control', 'no-cache, no-transform']);
  });
});

describe('fitHeaderLimit', () => {
  const size = (headers: readonly string[]) => headers.join('').length + headers.length * 2;
  const needed = [
    'X-Request-Id',
    'r'.repeat(40),
    'X-RateLimit-Remaining-Tokens',
    '9',
    'Retry-After',
    '7',
    'OpenAI-Organization',
    'o',
    'anthropic-ratelimit-tokens-reset',
    't',
    'Content-Type',
    'audio/opus',
  ];

  it('does not change headers that fit', () => {
    const headers = [...needed, 'Report-To', 'x'.repeat(1_000)];
    expect(fitHeaderLimit(headers)).toBe(headers);
  });

  it('drops decorative headers first', () => {
    const headers = fitHeaderLimit([
      ...needed,
      'X-Custom',
      'c'.repeat(1_000),
      'Content-Security-Policy',
      'x'.repeat(2_000),
      'NEL',
      'x'.repeat(2_000),
    ]);
    expect(headers).toEqual(
      [...needed, 'X-Custom', 'c'.repeat(1_000)].concat(
        headers.includes('NEL') ? ['NEL', 'x'.repeat(2_000)] : [],
      ),
    );
    expect(size(headers)).toBeLessThanOrEqual(4_096);
  });

  it('then drops the longest unneeded headers', () => {
    const headers = fitHeaderLimit([...needed, 'X-Short', 's', 'X-Long', 'c'.repeat(5_000)]);
    expect(headers).toEqual([...needed, 'X-Short', 's']);
  });

  it('never drops headers that clients use, even above the limit', () => {
    const headers = ['X-Request-Id', 'r'.repeat(5_000), 'Content-Type', 'application/json'];
    expect(fitHeaderLimit(headers)).toEqual(headers);
  });
});
