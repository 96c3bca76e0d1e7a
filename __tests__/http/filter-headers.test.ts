import { READS_ZSTD } from '../../src/http/decode-body';
import { fitHeaderLimit, headerIn, inboundHeaders, outboundHeaders } from '../../src/http/filter-headers';

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

describe('the headers of a client’s own account', () => {
  const ACCOUNT =
    `OpenAI-Organization openai-project ANTHROPIC-ORGANIZATION-ID anthropic-workspace-id ChatGPT-Account-Id
    X-DashScope-Workspace X-Goog-IAM-Authority-Selector X-Goog-User-Project`.split(/\s+/);

  it.each(ACCOUNT)('%s is sent with the client’s key, and not with the server’s', (name) => {
    const inbound = [name, 'acme', 'User-Agent', 'u'];
    expect(outboundHeaders(inbound, OURS)).toContain('acme');
    expect(outboundHeaders(inbound, { ...OURS, serverKey: false })).toContain('acme');
    expect(outboundHeaders(inbound, { ...OURS, serverKey: true })).toEqual([
      'Host',
      'api.example.com',
      'User-Agent',
      'u',
      'Authorization',
      'Bearer sk-upstream',
    ]);
  });

  it('are all that a server’s key adds to what is never sent', () => {
    const headers = outboundHeaders(['Cookie', 'c', 'Accept', 'a', 'User-Agent', 'u'], {
      ...OURS,
      serverKey: true,
    });
    expect(headers.slice(2, 6)).toEqual(['Accept', 'a', 'User-Agent', 'u']);
  });
});

describe('a request that goes upstream', () => {
  const without = { ...OURS, key: undefined };

  it('carries no credential at all if there is no key', () => {
    const headers = outboundHeaders(['Authorization', 'Bearer token', 'User-Agent', 'u'], without);
    expect(headers).toEqual(['Host', 'api.example.com', 'User-Agent', 'u']);
  });

  it.each([
    [true, READS_ZSTD ? 'gzip, zstd' : 'gzip'],
    [false, 'gzip, zstd'],
    [undefined, 'gzip, zstd'],
  ])('asks only for codings that can be read, if its response may have to be: %s', (readable, sent) => {
    const inbound = ['ACCEPT-Encoding', 'gzip, zstd', 'X-Encoding-Ok', 'gzip, zstd', 'User-Agent', 'u'];
    expect(outboundHeaders(inbound, { ...without, readable }).slice(2)).toEqual([
      ...['ACCEPT-Encoding', sent],
      ...['X-Encoding-Ok', 'gzip, zstd'],
      ...['User-Agent', 'u'],
    ]);
  });

  it('has the client’s user agent in any case, and only once', () => {
    expect(outboundHeaders(['USER-agent', 'u'], without)).toEqual([
      'Host',
      'api.example.com',
      'USER-agent',
      'u',
    ]);
    // a name of the same length
    expect(outboundHeaders(['User-Agenx', 'u'], without).slice(4)).toEqual(['User-Agent', 'node']);
  });

  it.each(['keep-alive', 'Close', 'UPGRADE', 'close'])('loses nothing to Connection: %s', (option) => {
    const inbound = ['Connection', option, 'X-Kept', '1', 'User-Agent', 'u'];
    expect(outboundHeaders(inbound, without).slice(2)).toEqual(['X-Kept', '1', 'User-Agent', 'u']);
  });

  it('loses what Connection names beside its usual values, and what begins or ends like one', () => {
    for (const option of ['close,X-Hop', 'X-Hop', 'x-hop, keep-alive']) {
      const inbound = ['Connection', option, 'X-Hop', '1', 'User-Agent', 'u'];
      expect(outboundHeaders(inbound, without).slice(2)).toEqual(['User-Agent', 'u']);
    }
    for (const option of ['close-it', 'not-close']) {
      const inbound = ['Connection', option, option, '1', 'User-Agent', 'u'];
      expect(outboundHeaders(inbound, without).slice(2)).toEqual(['User-Agent', 'u']);
    }
  });
});

describe('a WebSocket upgrade', () => {
  const inbound = [
    ...[
      'Connection',
      'Upgrade',
      'Upgrade',
      'websocket',
      'Sec-WebSocket-Key',
      'k',
      'sec-websocket-version',
      '13',
    ],
    ...['Sec-WebSocket-Extensions', 'permessage-deflate', 'Sec-WebSocket-Protocol', 'realtime, secret-token'],
    ...[
      'Sec-WebSocket-Accept',
      'a',
      'X-Sec-WebSocket-Key',
      'kept',
      'Sec-WebSocket-Key-2',
      'b',
      'User-Agent',
      'u',
    ],
  ];
  const negotiated = [
    ...['Host', 'api.example.com', 'Sec-WebSocket-Key', 'k', 'sec-websocket-version', '13'],
    ...['Sec-WebSocket-Extensions', 'permessage-deflate', 'X-Sec-WebSocket-Key', 'kept', 'User-Agent', 'u'],
    ...['Authorization', 'Bearer sk-upstream', 'Connection', 'Upgrade', 'Upgrade', 'websocket'],
  ];

  it('sends on what is negotiated, with the proxy’s subprotocols in place of the client’s', () => {
    expect(outboundHeaders(inbound, { ...OURS, upgrade: { subprotocols: undefined } })).toEqual(negotiated);
    expect(outboundHeaders(inbound, { ...OURS, upgrade: { subprotocols: 'realtime' } })).toEqual([
      ...negotiated,
      'Sec-WebSocket-Protocol',
      'realtime',
    ]);
  });

  it('is not what any other request sends on', () => {
    const headers = outboundHeaders(inbound, OURS);
    expect(headers.join()).toBe(
      'Host,api.example.com,X-Sec-WebSocket-Key,kept,User-Agent,u,Authorization,Bearer sk-upstream',
    );
  });
});

describe('headerIn', () => {
  const raw = ['X-A', '1', 'Content-Type', 'text/plain', 'content-type', 'second', 'X-Content-Type', 'no'];

  it.each([
    ['x-a', '1'],
    ['content-type', 'text/plain'],
    ['x-content-type', 'no'],
    ['text/plain', undefined],
    ['x-b', undefined],
  ])('of %s is %s', (name, value) => {
    expect(headerIn(raw, name)).toBe(value);
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

  it.each(
    `Set-Cookie Set-Cookie2 Alt-Svc Clear-Site-Data Strict-Transport-Security Access-Control-Allow-Credentials
    Access-Control-Expose-Headers Proxy-Authenticate Trailer Upgrade`
      .split(/\s+/)
      .map((name) => [name]),
  )('never sends %s of a provider to the client', (name) => {
    for (const written of [name, name.toLowerCase(), name.toUpperCase()])
      expect(inboundHeaders([written, 'v', 'X-Kept', '1'], { ownHeaders: cors, eventStream: false })).toEqual(
        ['X-Kept', '1', ...cors],
      );
  });

  it('passes what concerns caching and buffering of any other response', () => {
    const upstream = ['Cache-Control', 'max-age=5', 'X-Accel-Buffering', 'yes'];
    expect(inboundHeaders(upstream, { ownHeaders: [], eventStream: false })).toEqual(upstream);
  });

  it('keeps the headers of a response within the limit, those of the proxy included', () => {
    const upstream = ['X-Custom', 'c'.repeat(3_900), 'X-Request-Id', 'r'];
    expect(
      inboundHeaders(upstream, { ownHeaders: ['X-Proxy-Own', 'o'.repeat(200)], eventStream: false }),
    ).toEqual(['X-Request-Id', 'r', 'X-Proxy-Own', 'o'.repeat(200)]);
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

  it('drops decoration before anything else, however short, and no more than it must', () => {
    const headers = fitHeaderLimit([
      ...['X-Custom', 'c'.repeat(3_900), 'Server', 's'.repeat(60), 'X-Frame-Options', 'DENY'],
      ...['cf-cache-status', 'd'.repeat(40)],
    ]);
    expect(headers).toEqual(['X-Custom', 'c'.repeat(3_900), 'X-Frame-Options', 'DENY']);
  });

  it('counts a name, a value and four bytes for each header, up to 3,968', () => {
    const exact = ['X-Custom', 'c'.repeat(3_968 - 12)];
    expect(fitHeaderLimit(exact)).toBe(exact);
    expect(fitHeaderLimit(['X-Custom', 'c'.repeat(3_968 - 11)])).toEqual([]);
    expect(fitHeaderLimit(['X-Custom', 'c'.repeat(3_968 - 20), 'Server', ''])).toEqual([
      'X-Custom',
      'c'.repeat(3_968 - 20),
    ]);
  });

  it.each(
    `Content-Length Cache-Control Date ETag Last-Modified Location Retry-After Retry-After-Ms Request-Id X-Request-Id
    X-Should-Retry X-RateLimit-Reset X-Accel-Buffering OpenAI-Version Anthropic-Organization-Id X-Goog-Upload-Url
    Access-Control-Allow-Origin Vary WWW-Authenticate X-Proxy-Error`
      .split(/\s+/)
      .map((name) => [name]),
  )('never drops %s', (name) => {
    expect(fitHeaderLimit(['X-Long', 'c'.repeat(5_000), name, 'v'])).toEqual([name, 'v']);
    expect(fitHeaderLimit([name, 'c'.repeat(5_000), 'X-Other', 'v'])).toEqual([name, 'c'.repeat(5_000)]);
  });

  it.each(['X-Date', 'Locations', 'X-Content-Type', 'Date-Of', 'Request-Id-2', 'Varying', 'X-Location'])(
    'may drop %s, which is not one of them',
    (name) => {
      expect(fitHeaderLimit([name, 'c'.repeat(5_000), 'Vary', 'v'])).toEqual(['Vary', 'v']);
    },
  );

  it('never drops headers that clients use, even above the limit', () => {
    const headers = ['X-Request-Id', 'r'.repeat(5_000), 'Content-Type', 'application/json'];
    expect(fitHeaderLimit(headers)).toEqual(headers);
  });
});
