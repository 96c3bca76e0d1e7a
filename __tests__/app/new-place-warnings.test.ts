import type { IncomingMessage } from 'node:http';
import { newPlaceWarnings } from '../../src/app/new-place-warnings';
import { createLogger } from '../../src/log/logger';

const request = (address: string) =>
  ({
    headers: { 'x-forwarded-for': address, 'user-agent': 'curl/8' },
    socket: {},
  }) as unknown as IncomingMessage;

function setUp(wanted: 'auto' | 'on' | 'off', redisUrl: string, onScf = true) {
  const lines: string[] = [];
  const logger = createLogger((line) => line, { write: (line: string) => lines.push(line) });
  const shared = redisUrl === '' ? undefined : { add: () => Promise.resolve(true) };
  const config = { newPlaceWarnings: wanted, redisUrl };
  const places = newPlaceWarnings(config, { onScf, logger }, () => shared);
  return { lines, places };
}

describe('Warnings of new places', () => {
  it.each([
    ['off', 'redis://h', true],
    ['auto', '', true],
    ['on', 'redis://h', false],
    ['auto', 'redis://h', false],
  ] as const)('are off with %s, Redis at %j and on SCF: %s', (wanted, redisUrl, onScf) => {
    expect(setUp(wanted, redisUrl, onScf).places).toBeUndefined();
  });

  it.each([
    ['on', '', 1],
    ['on', 'redis://h', 4],
    ['auto', 'redis://h', 4],
  ] as const)(
    'name the token and what is new, never an address, with %s and Redis at %j',
    async (wanted, url, count) => {
      const { lines, places } = setUp(wanted, url);
      for (const network of ['203.0.113.7', '198.51.100.7', '192.0.2.7'])
        places?.see(request(network), { name: 'mum', id: 'mum~t1' });
      await new Promise(setImmediate);
      expect(lines).toHaveLength(count);
      expect(JSON.parse(lines[count - 1] ?? '')).toMatchObject({
        level: 'warn',
        token: 'mum',
        msg: expect.stringContaining('an access token is used') as string,
      });
      expect(lines.join('')).toContain('"new":"network"');
      expect(lines.join('')).not.toMatch(/203\.0|198\.51|192\.0|curl/);
    },
  );
});
