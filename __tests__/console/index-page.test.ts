import type { IncomingMessage } from 'node:http';
import { baseUrlOf, clientSettings, indexPage } from '../../src/console/index-page';

const request = (headers: Record<string, string>) => ({ headers }) as unknown as IncomingMessage;

describe('baseUrlOf', () => {
  it.each([
    [{ host: '1234-abc.ap-singapore.tencentscf.com' }, '', 'https://1234-abc.ap-singapore.tencentscf.com'],
    [{ host: 'x.example' }, '/release', 'https://x.example/release'],
    [{ host: 'localhost:9000' }, '', 'http://localhost:9000'],
    [{ host: '10.0.0.5:9000', 'x-forwarded-proto': 'http' }, '', 'http://10.0.0.5:9000'],
    [{ host: '"><script>alert(1)</script>' }, '', 'https://this-host'],
    [{ host: 'x.example', 'x-forwarded-proto': 'javascript' }, '', 'https://x.example'],
    [{}, '', 'https://this-host'],
  ])('of %j at stage %j is %s', (headers, stage, expected) => {
    expect(baseUrlOf(request(headers as Record<string, string>), stage)).toBe(expected);
  });
});

describe('indexPage', () => {
  it('shows each client the exact value for this address', () => {
    const page = indexPage('https://x.example/release', '1.2.3');
    for (const [client, , url] of clientSettings('https://x.example/release')) {
      expect(page).toContain(`<td>${client}</td>`);
      expect(page).toContain(`<code>${url}</code>`);
    }
  });

  it('escapes whatever it is given', () => {
    expect(indexPage('https://x"><script>', '<b>')).not.toMatch(/<script>|<b>/);
  });
});
