import { createLogger } from '../src/log';
import { loggablePath, redact } from '../src/redact';

describe('redact', () => {
  it.each([
    'sk-proj-abcdefgh12345678',
    'sk-ant-api03-abcdef_ghij-klmn',
    'gsk_abcdefghijklmnop',
    'AIzaSyA-1234567890abcdefghijk',
    'AKIDz8krbsJ5yKBZQpn74WFkmLPx3',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  ])('masks %s wherever it stands', (secret) => {
    for (const text of [secret, `x "${secret}" y`, `(${secret})`, `/v1/${secret}/x`, `a=${secret}&b`]) {
      expect(redact(text)).not.toContain(secret);
    }
  });

  it('masks what a header or a query says is secret', () => {
    expect(redact('Authorization: Bearer abc.def')).toBe('Authorization: Bearer [redacted]');
    expect(redact('/x?key=abc&model=m')).toBe('/x?key=[redacted]&model=m');
  });

  it('leaves ordinary words and JSON whole', () => {
    const line =
      '{"msg":"task-switching is risk-free","path":"/v1/chat/completions","token_count":3,"tok":"x"}';
    expect(redact(line)).toBe(line);
  });

  it('is the last thing that every log line passes', () => {
    const lines: string[] = [];
    const logger = createLogger({ write: (line: string) => lines.push(line) });
    logger.info({ anywhere: { deep: ['sk-proj-abcdefgh12345678'] } }, 'with sk-ant-api03-abcdefgh');
    logger.error({ cause: new Error('failed for sk-svcacct-abcdefgh12345678') });
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toMatch(/abcdefgh/);
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });
});

describe('loggablePath', () => {
  it.each([
    ['/v1/chat/completions', '/v1/chat/completions'],
    ['/v1/files/file-abc123/content', '/v1/files/*/content'],
    ['/my-secret-token/v1/models', '/*/v1/models'],
    ['/v1/models/gpt-4o', '/v1/models/*'],
    ['/', '/'],
    ['', ''],
  ])('%s is logged as %s', (path, logged) => {
    expect(loggablePath(path)).toBe(logged);
  });
});
