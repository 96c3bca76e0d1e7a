import { withFirstBodyByte } from '../../../src/proxy/chain/first-byte-limit';
import { WrittenResponse, makeExchange } from '../../helpers/exchange';

it.each([
  ['plain', {}],
  ['compressed', { 'content-encoding': 'gzip' }],
])(
  'the first byte of an event stream is not awaited once more behind its first event: %s',
  async (_how, coding) => {
    const upstream = new WrittenResponse(200, { 'content-type': 'text/event-stream', ...coding });
    upstream.pause(); // as it is left
    const outcome = {
      kind: 'relay',
      upstream,
      rawHeaders: upstream.rawHeaders,
      onFailure: () => undefined,
      tap: undefined,
    } as const;
    const nothing = new Promise((resolve) => setImmediate(resolve, 'waits'));
    expect(await Promise.race([withFirstBodyByte(outcome, makeExchange()), nothing])).toBe(outcome);
  },
);
