import { readListenAddress, readPublicUrl } from '../../../src/config/parsers/own-address';
import { nearestName } from '../../../src/config/did-you-mean';
import { readConfig } from '../../../src/config/read-config';

describe('PUBLIC_URL', () => {
  it.each([
    ['', ''],
    ['https://llm.example.com', 'https://llm.example.com'],
    ['https://llm.example.com/', 'https://llm.example.com'],
    ['HTTPS://LLM.example.com:443/ai/', 'https://llm.example.com/ai'],
    ['http://localhost:3000/llm', 'http://localhost:3000/llm'],
  ])('%j is %j', (text, value) => {
    expect(readPublicUrl(text)).toEqual({ value });
  });

  it.each([
    'llm.example.com',
    'ftp://x.example',
    'https://me:pw@x.example',
    'https://x.example/?a',
    'https://x/#a',
  ])('%j is no such address', (text) => {
    expect(readPublicUrl(text)).toEqual({ problem: expect.stringContaining('must be the http(s) address') });
  });

  it.each(['https://x.example/v1', 'https://x.example/llm/v1beta/'])(
    '%j must lose the version that clients add',
    (text) => {
      expect(readPublicUrl(text)).toEqual({ problem: expect.stringContaining('leave out the /v1') });
    },
  );

  it.each(['https://x.example/groq', 'https://x.example/chat/llm'])(
    '%j has a path that could be a provider’s or an endpoint’s, so the start is refused',
    (url) => {
      expect(() => readConfig({ PUBLIC_URL: url })).toThrow(/PUBLIC_URL has a path that begins with/);
    },
  );
});

it('The host of PUBLIC_URL is one of this proxy’s, beside those of ALLOWED_HOSTS.', () => {
  const { allowedHosts } = readConfig({
    PUBLIC_URL: 'https://a.example:8443/llm',
    ALLOWED_HOSTS: 'b.example',
  });
  expect(allowedHosts).toEqual(['b.example', 'a.example']);
});

describe('HOST', () => {
  it.each(['127.0.0.1', '0.0.0.0', '::', '::1', 'localhost'])('%s can be listened on', (value) => {
    expect(readListenAddress(value)).toEqual({ value });
  });

  it.each(['my-machine', '127.0.0', '0.0.0.0:9000', 'http://127.0.0.1'])(
    '%s, which a shell may have set, stops the start',
    (text) => {
      expect(readListenAddress(text)).toEqual({ problem: expect.stringContaining('must be an IP address') });
    },
  );
});

it('The variable PUBLIC, which Windows sets in every process, is not taken for PUBLIC_URL.', () => {
  expect(nearestName('PUBLIC', ['PUBLIC_URL'])).toBeUndefined();
  expect(nearestName('PUBLIC_URI', ['PUBLIC_URL'])).toBe('PUBLIC_URL');
});
