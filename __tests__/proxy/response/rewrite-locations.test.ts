import type { IncomingMessage } from 'node:http';
import { readUpstreamOrigin } from '../../../src/config/parsers/upstream';
import { withOwnAddresses } from '../../../src/proxy/response/rewrite-locations';

function mapped(
  rawHeaders: string[],
  upstream = 'https://api.example.com',
  hidesKey = false,
): readonly string[] {
  const reading = readUpstreamOrigin(upstream);
  if ('problem' in reading) throw new Error(reading.problem);
  const headers = Object.fromEntries(
    rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), rawHeaders[at + 1]]] : [])),
  );
  return withOwnAddresses({ headers, rawHeaders } as unknown as IncomingMessage, {
    origin: reading.value,
    publicUrl: () => 'https://mine.example/release/gemini',
    hidesKey,
    query: (query) => `${query}&granted`,
  });
}

describe('withOwnAddresses', () => {
  it.each([
    ['Location', 'https://api.example.com/v1/x?a=1', 'https://mine.example/release/gemini/v1/x?a=1&granted'],
    [
      'X-Goog-Upload-URL',
      'https://api.example.com/upload/v1beta/files?upload_id=1',
      'https://mine.example/release/gemini/upload/v1beta/files?upload_id=1&granted',
    ],
    ['Location', 'HTTPS://API.EXAMPLE.COM/x', 'https://mine.example/release/gemini/x&granted'],
    ['Location', '/v1/relative', '/v1/relative'],
    ['Location', 'https://elsewhere.example/x', 'https://elsewhere.example/x'],
    ['Location', 'https://api.example.com.evil.example/x', 'https://api.example.com.evil.example/x'],
  ])('turns %s: %s into %s', (name, from, to) => {
    expect(mapped(['A', '1', name, from])).toEqual(['A', '1', name, to]);
  });

  it('removes the upstream’s path prefix', () => {
    expect(mapped(['Location', 'https://gw.example/google/v1/x'], 'https://gw.example/google')).toEqual([
      'Location',
      'https://mine.example/release/gemini/v1/x&granted',
    ]);
  });

  it('removes an upload URL on another host', () => {
    expect(mapped(['X-Goog-Upload-URL', 'https://elsewhere.example/upload', 'B', '2'])).toEqual(['B', '2']);
    expect(mapped(['X-Goog-Upload-Control-URL', 'gopher://x'])).toEqual([]);
  });

  it.each([
    ['https://elsewhere.example/x?a=1&key=AIzaPool&b=2#c', 'https://elsewhere.example/x?a=1&b=2#c'],
    ['/x?key=AIzaPool', '/x'],
    ['//elsewhere.example/x?key=AIzaPool&monkey=1', '//elsewhere.example/x?monkey=1'],
    ['https://api.example.com/x?key=AIzaPool', 'https://mine.example/release/gemini/x&granted'],
  ])('removes the server’s key from %s, for any host', (from, to) => {
    expect(mapped(['Location', from], undefined, true)).toEqual(['Location', to]);
    expect(mapped(['Location', from])[1]).toContain('key=AIzaPool');
  });

  it.each([
    ['https://api.example.com:443/x', 'https://api.example.com'],
    ['http://127.0.0.1:80/x', 'http://127.0.0.1'],
  ])('recognises %s by its default port', (address, upstream) => {
    expect(mapped(['Location', address], upstream)[1]).toMatch(/^https:\/\/mine\.example\//);
  });

  it('returns the same list if it has no address', () => {
    const headers = ['A', '1', 'B', '2'];
    expect(mapped(headers)).toBe(headers);
  });
});
