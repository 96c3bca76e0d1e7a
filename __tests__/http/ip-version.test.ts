import { spawnSync } from 'node:child_process';
import { isIP } from 'node:net';
import path from 'node:path';
import { ipVersion } from '../../src/http/ip-version';

describe('The IP version of a text', () => {
  it.each([
    '203.0.113.7',
    '0.0.0.0',
    '256.0.0.1',
    '1.2.3',
    '::',
    '::1',
    '2001:db8::1',
    '2001:DB8::203.0.113.7',
    '::ffff:1.2.3.4',
    'fe80::1%eth0',
    '203.0.113.7:443',
    '[::1]',
    ':',
    'api.openai.com',
    'localhost',
    '',
  ])('is what Node says of %j.', (text) => {
    expect(ipVersion(text)).toBe(isIP(text));
  });

  it('is found for an IPv4 address and for a name without asking Node about IPv6.', () => {
    const script = `
      const net = require('node:net');
      net.isIPv6 = () => { throw new Error('asked'); };
      const { ipVersion } = require('./src/http/ip-version.ts');
      console.log(ipVersion('203.0.113.7'), ipVersion('api.openai.com'));`;
    const run = spawnSync(process.execPath, ['--import', 'tsx', '-e', script], {
      cwd: path.resolve(__dirname, '../..'),
      encoding: 'utf8',
    });
    expect(run.stderr + run.stdout).toBe('4 0\n');
  });
});
