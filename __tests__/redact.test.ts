import { createLogger } from '../src/log';
import { createRedact } from '../src/redact';

const redact = createRedact();

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

  it('masks what is configured, whatever its form, as a whole', () => {
    const own = createRedact(['tok-1', 'hunter2', 'redis://u:p@h']);
    expect(own('{"a":"tok-1","b":"x tok-12 hunter2"}')).toBe('{"a":"[redacted]","b":"x tok-12 [redacted]"}');
  });

  it('is the last thing that every log line passes', () => {
    const lines: string[] = [];
    const logger = createLogger(redact, { write: (line: string) => lines.push(line) });
    logger.info({ anywhere: { deep: ['sk-proj-abcdefgh12345678'] } }, 'with sk-ant-api03-abcdefgh');
    logger.error({ cause: new Error('failed for sk-svcacct-abcdefgh12345678') });
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toMatch(/abcdefgh/);
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });
});
