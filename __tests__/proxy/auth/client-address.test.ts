import type { IncomingMessage } from 'node:http';
import { clientNetwork, isFromPrivateNetwork, publicNetwork } from '../../../src/proxy/auth/client-address';

/** The parts of a request that are read here. */
const request = (forwarded: string | undefined, remoteAddress: string | undefined = '11.163.0.9') =>
  ({
    headers: {
      ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }),
      'x-scf-remote-addr': '198.51.100.66',
      'x-real-ip': '198.51.100.67',
    },
    socket: { remoteAddress },
  }) as unknown as IncomingMessage;

describe('the network that a client on SCF is counted by', () => {
  it.each([
    ['the platform’s own form', '203.0.113.7, 11.163.1.2, 10.132.3.4', '203.0.113.7'],
    ['what the client sent on the left', '198.51.100.1, 203.0.113.7, 11.163.1.2', '203.0.113.7'],
    ['only the client', '203.0.113.7', '203.0.113.7'],
    ['no spaces', '198.51.100.1,203.0.113.7,11.163.1.2', '203.0.113.7'],
    ['many spaces and an empty entry', ' 203.0.113.7 ,,\t10.0.0.1 ', '203.0.113.7'],
    ['a port', '203.0.113.7:51234, 11.163.1.2:80', '203.0.113.7'],
    ['an IPv4 address on an IPv6 socket', '::ffff:203.0.113.7, ::ffff:11.163.1.2', '203.0.113.7'],
    ['an IPv4 address on an IPv6 socket, in hex', '::FFFF:cb00:7107, ::ffff:0aa3:102', '203.0.113.7'],
    ['an IPv4 address on an IPv6 socket, in full', '0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
    ['junk on both sides', 'x, "<script>", unknown, 203.0.113.7, _hidden, 10.0.0.1', '203.0.113.7'],
    ['what is nearly an address', '203.0.113.7, 300.1.1.1, 1.2.3, 203.0.113.7:x, [203.0', '203.0.113.7'],
    ['an IPv6 address, by its /64', '2001:db8:1:2:3:4:5:6, 11.163.1.2', '2001:db8:1:2::/64'],
    ['the same IPv6 network in another form', '[2001:0DB8:0001:0002::9]:443', '2001:db8:1:2::/64'],
    ['a shortened IPv6 address', '2001:db8::1', '2001:db8:0:0::/64'],
    ['an IPv6 address that ends in an IPv4 address', '64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
    ['an IPv6 address with a zone', '2001:db8:1:2::9%eth0', '2001:db8:1:2::/64'],
  ])('is read from a header with %s: %j', (_what, forwarded, network) => {
    expect(clientNetwork(request(forwarded), true)).toBe(network);
  });

  it.each([
    '10.1.2.3',
    '11.1.2.3',
    '9.1.2.3',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.1.1',
    '0.0.0.0',
    '::',
    '::1',
    'fc00::1',
    'fdff::1',
    'fe80::1',
    'febf::1',
    '::ffff:10.1.2.3',
    '::ffff:a01:203',
    'junk',
    '',
  ])('is not %j, which is no public address, but the entry before it, else the socket’s', (entry) => {
    expect(clientNetwork(request(`198.51.100.1, ${entry}`), true)).toBe('198.51.100.1');
    expect(clientNetwork(request(entry), true)).toBe('11.163.0.9');
  });

  it.each([
    '8.255.255.255',
    '12.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.0.1',
    '172.32.0.0',
    '192.167.1.1',
  ])('is %s, which is beside a private range and not in it', (address) => {
    expect(clientNetwork(request(`${address}, 10.0.0.1`), true)).toBe(address);
  });

  it('is the socket’s if there is no header, and an empty string if there is neither', () => {
    expect(clientNetwork(request(undefined), true)).toBe('11.163.0.9');
    expect(clientNetwork(request(undefined, ''), true)).toBe('');
  });

  it('is searched only in the last 16 entries, as the platform appends only a few', () => {
    expect(clientNetwork(request(`203.0.113.7${',10.0.0.1'.repeat(15)}`), true)).toBe('203.0.113.7');
    expect(clientNetwork(request(`203.0.113.7${',10.0.0.1'.repeat(16)}`), true)).toBe('11.163.0.9');
    expect(clientNetwork(request(`203.0.113.7${','.repeat(16)}`), true)).toBe('11.163.0.9');
    expect(clientNetwork(request('1'.repeat(30_000)), true)).toBe('11.163.0.9');
  });
});

describe('outside SCF', () => {
  it('no header is used, and an IPv4 client on an IPv6 socket is the same network', () => {
    expect(clientNetwork(request('203.0.113.7', '192.168.1.5'), false)).toBe('192.168.1.5');
    expect(clientNetwork(request('203.0.113.7', '::ffff:192.168.1.5'), false)).toBe('192.168.1.5');
    expect(clientNetwork(request('203.0.113.7', '2001:db8:1:2::9'), false)).toBe('2001:db8:1:2::/64');
  });
});

describe('a public network', () => {
  it.each<[string | undefined, string | undefined, string | undefined]>([
    ['203.0.113.7, 11.163.1.2', '11.163.0.9', '203.0.113.7'],
    [undefined, '203.0.113.8', '203.0.113.8'],
    ['10.0.0.1', '203.0.113.8', '203.0.113.8'],
    [undefined, '11.163.0.9', undefined],
    [undefined, '', undefined],
    ['junk', 'junk', undefined],
  ])('with %j over a socket from %j is %j', (forwarded, remoteAddress, network) => {
    expect(publicNetwork(request(forwarded, remoteAddress))).toBe(network);
  });

  it('is none over a socket without an address', () => {
    const headers = {};
    expect(publicNetwork({ headers, socket: {} } as unknown as IncomingMessage)).toBeUndefined();
    expect(clientNetwork({ headers, socket: {} } as unknown as IncomingMessage, false)).toBe('');
  });
});

it.each<[string | undefined, boolean]>([
  ['127.0.0.1', true],
  ['::1', true],
  ['192.168.1.5', true],
  ['::ffff:10.0.0.1', true],
  ['fd00::1', true],
  ['203.0.113.7', false],
  ['2001:db8::1', false],
  ['junk', false],
  ['', false],
  [undefined, false],
])('a connection from %j is from a private network: %s', (remoteAddress, expected) => {
  expect(isFromPrivateNetwork({ socket: { remoteAddress } })).toBe(expected);
  expect(isFromPrivateNetwork({})).toBe(false);
});

describe('an address in any form', () => {
  it.each([
    ['1:2:3:4:5:ffff:203.0.113.7', '1:2:3:4::/64'], // not mapped: its first groups are not 0
    ['1::ffff:203.0.113.7', '1:0:0:0::/64'],
    ['::1:ffff:203.0.113.7', '0:0:0:0::/64'],
    ['::fffe:203.0.113.7', '0:0:0:0::/64'],
    ['::ffff:0:203.0.113.7', '0:0:0:0::/64'],
    ['2001:db8:1::', '2001:db8:1:0::/64'],
    ['2001:db8:1:2:3::6', '2001:db8:1:2::/64'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::ffff:ff02:304', '255.2.3.4'],
  ])('%s is in %s', (address, network) => {
    expect(clientNetwork(request(undefined, address), false)).toBe(network);
  });

  it('has at most 100 characters', () => {
    const spaces = (count: number) => `${' '.repeat(count - 11)}203.0.113.7`;
    expect(clientNetwork(request(spaces(100)), true)).toBe('203.0.113.7');
    expect(clientNetwork(request(spaces(101)), true)).toBe('11.163.0.9');
  });

  it('is found in a list that begins with a comma, or ends with one', () => {
    expect(clientNetwork(request(',203.0.113.7'), true)).toBe('203.0.113.7');
    expect(clientNetwork(request('203.0.113.7,'), true)).toBe('203.0.113.7');
    expect(clientNetwork(request(','), true)).toBe('11.163.0.9');
  });

  it('is read again and again with the same result, from short lists and long ones', () => {
    const long = `${'198.51.100.1, '.repeat(30)}203.0.113.9, 11.163.1.2`;
    for (let times = 0; times < 3; times++) {
      for (let at = 0; at < 700; at++)
        expect(clientNetwork(request(`203.0.${at >> 8}.${at & 255}, 10.0.0.1`), true)).toBe(
          `203.0.${at >> 8}.${at & 255}`,
        );
      expect(clientNetwork(request(long), true)).toBe('203.0.113.9');
    }
  });
});
