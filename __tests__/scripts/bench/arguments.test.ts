import { readArguments } from '../../../scripts/bench/arguments';

const KNOWN = {
  scenarios: [
    { name: 'chat-1', inQuick: false },
    { name: 'chat-32', inQuick: true },
    { name: 'cold', inQuick: true },
  ],
  peers: ['pass-through', 'everything-on', 'pipe', 'nginx'],
  base: 'pipe',
  ours: ['pass-through', 'everything-on'],
};
const read = (...args: string[]) => readArguments(args, KNOWN);

describe('with the benchmark’s arguments', () => {
  test('omitted, everything is measured five times, and nothing is written into the tree', () => {
    expect(read()).toEqual({
      extent: 'full',
      rounds: 5,
      scenarios: ['chat-1', 'chat-32', 'cold'],
      peers: KNOWN.peers,
      writes: false,
    });
  });

  test('--quick, a subset of this proxy and the bare pipe is measured', () => {
    expect(read('--quick')).toMatchObject({
      extent: 'quick',
      rounds: 2,
      scenarios: ['chat-32', 'cold'],
      peers: ['pass-through', 'everything-on', 'pipe'],
    });
  });

  test('--only and --peers, a name selects all that begin with it, and the bare pipe is always measured', () => {
    expect(read('--only', 'chat', '--peers', 'nginx')).toMatchObject({
      scenarios: ['chat-1', 'chat-32'],
      peers: ['pipe', 'nginx'],
    });
  });

  test('that are unknown, the error names the known ones', () => {
    expect(() => read('--only', 'chta')).toThrow('"chta", which must be one of: chat-1, chat-32, cold');
    expect(() => read('--peers', 'caddy')).toThrow('"caddy"');
    expect(() => read('--rounds', '0')).toThrow('--rounds must be a number');
    expect(() => read('--fast')).toThrow('--fast');
  });

  test('--help, nothing is measured', () => {
    expect(read('--help')).toBe('help');
  });
});
