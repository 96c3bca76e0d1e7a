import { createLogger } from '../../src/log/logger';
import { createRedact } from '../../src/log/redact';

const redact = createRedact();

describe('redact', () => {
  it.each([
    'sk-proj-abcdefgh12345678',
    'sk-ant-api03-abcdef_ghij-klmn',
    'gsk_abcdefghijklmnop',
    'AIzaSyA-1234567890abcdefghijk',
    'AKIDz8krbsJ5yKBZQpn74WFkmLPx3',
    'AQ.Ab8RN6JzTq0000000000',
    'ya29.a0AbCdEf-1234567890',
    'tgp_v1_abcdefghijkl',
    'hf_abcdefghijklmnop',
    'nvapi-abcdefghijklmnop',
    'pplx-abcdefghijklmnop',
    'csk-abcdefghijklmnop',
    'fw_abcdefghijklmnop',
    'vck_abcdefghijklmnop',
    'bce-v3/ALTAK-abcdefghijklmnop/0123456789abcdef0123',
    'slp1~mum~t5k2x9~r20~mgpt-5-mini~AAAAAAAAAAAAAAAAAAAAAA',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  ])('masks %s in any position', (secret) => {
    for (const text of [secret, `x "${secret}" y`, `(${secret})`, `/v1/${secret}/x`, `a=${secret}&b`]) {
      expect(redact(text)).not.toContain(secret);
    }
  });

  it('masks both parts of a key of Qianfan', () => {
    expect(redact('key bce-v3/ALTAK-abcdefgh/0123456789abcdef, ALTAK')).toBe('key [redacted], ALTAK');
    expect(redact('key bce-v3/ALTAK-abcdefgh')).toBe('key [redacted]');
  });

  it('masks what a header or a query says is secret', () => {
    expect(redact('Authorization: Bearer abc.def')).toBe('Authorization: Bearer [redacted]');
    expect(redact('/x?key=abc&model=m')).toBe('/x?key=[redacted]&model=m');
  });

  it('does not change ordinary words and JSON', () => {
    const line =
      '{"msg":"task-switching is risk-free","path":"/v1/chat/completions","token_count":3,"tok":"x"}';
    expect(redact(line)).toBe(line);
  });

  it('masks configured secrets in every form and position', () => {
    const own = createRedact(['tok-1', 'hunter2', 'redis://u:p@h', 'p+"w']);
    expect(own('{"a":"tok-1","b":"x tok-12 xhunter2hunter2y redis://u:p@h/0"}')).toBe(
      '{"a":"[redacted]","b":"x [redacted]2 x[redacted][redacted]y [redacted]/0"}',
    );
    expect(own(`p+"w ${JSON.stringify('p+"w')} p%2B%22w p%2b%22w`)).toBe(
      '[redacted] "[redacted]" [redacted] [redacted]',
    );
  });

  it('masks secrets that are too short to be searched in words if they are whole words', () => {
    const own = createRedact(['k', '']);
    expect(own('{"key":"k","ok":"make"}')).toBe('{"key":"[redacted]","ok":"make"}');
  });

  it('masks the user and the password of any URL', () => {
    expect(redact('connect ECONNREFUSED redis://default:pw@10.0.0.1:6379/0')).toBe(
      'connect ECONNREFUSED redis://[redacted]@10.0.0.1:6379/0',
    );
    expect(redact('https://api.example/@scope/x')).toBe('https://api.example/@scope/x');
  });

  it('masks one of thousands of secrets, and nothing else', () => {
    const secrets = Array.from({ length: 3_000 }, (_, at) => `tok-${at}-0123456789abcdef`);
    const own = createRedact(secrets);
    expect(own('x"tok-2999-0123456789abcdef"y')).toBe('x"[redacted]"y');
    expect(own('x"tok-3001-0123456789abcdef"y')).toBe('x"tok-3001-0123456789abcdef"y');
  });

  it('is the last step of every log line', () => {
    const lines: string[] = [];
    const logger = createLogger(redact, { write: (line: string) => lines.push(line) });
    logger.info({ anywhere: { deep: ['sk-proj-abcdefgh12345678'] } }, 'with sk-ant-api03-abcdefgh');
    logger.error({ cause: new Error('failed for sk-svcacct-abcdefgh12345678') }, 'failed');
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toMatch(/abcdefgh/);
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });
});
