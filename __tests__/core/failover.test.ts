import type { OutboundBody } from '../../src/core/body';
import { sendWithPool, type AttemptOptions } from '../../src/core/failover';
import { KeyPool } from '../../src/core/key-pool';
import type { Outbound } from '../../src/core/outbound';
import { OwnerRecorder } from '../../src/core/owner-recorder';
import { ResourceOwners } from '../../src/core/resource-owners';
import type { UpstreamClient } from '../../src/core/upstream';
import { CallerLeft } from '../../src/errors';
import { openai } from '../../src/providers/openai';
import { WrittenResponse, makeExchange } from '../helpers/exchange';

const body: OutboundBody = {
  framing: 'none',
  replayable: true,
  needsFreshSocket: false,
  sendTo: () => undefined,
  letGo: () => undefined,
};

it('a client that left while it waited for a key costs no request, and gives the key back', async () => {
  const pool = new KeyPool(
    'p',
    [
      { key: 'a', weight: 1 },
      { key: 'b', weight: 1 },
    ],
    {
      strategy: 'round-robin',
      owner: 'server',
      now: () => 0,
      random: () => 0,
      events: { coolDown: () => undefined, addressSuspected: () => undefined },
    },
  );
  const wish = { scope: 's', conversation: undefined };
  // Nothing is known of either key, and each has its one request: the next one waits for what comes of it.
  const leases = [await pool.lend({ ...wish, tried: [] }), await pool.lend({ ...wish, tried: [] })];
  const send = jest.fn(() => Promise.resolve(new WrittenResponse(200).finish()));
  const options: AttemptOptions = {
    provider: openai,
    facts: { method: 'POST', path: '/v1/chat/completions', model: 'm' },
    upstreams: { send } as unknown as UpstreamClient, // nothing else of it is asked for
    outbound: (key) => ({ path: key }) as Outbound,
    body,
    retryUpstreamErrors: false,
    now: () => 0,
    recorder: new OwnerRecorder(new ResourceOwners({ isShared: () => true }), 'p', {
      ids: [],
      allIds: () => [],
      proven: [],
      makes: false,
    }),
  };
  const exchange = makeExchange();
  const left = new CallerLeft('gone');
  const outcome = sendWithPool(pool, wish, exchange, options).catch((error: unknown) => error);
  exchange.stop(left);
  for (const lease of leases) {
    lease?.record({ kind: 'ok' }, true);
    lease?.release();
  }
  expect(await outcome).toBe(left);
  expect(send).not.toHaveBeenCalled();
  expect(pool.keys.map(({ open }) => open)).toEqual([0, 0]);

  await sendWithPool(pool, wish, makeExchange(), options);
  expect(send).toHaveBeenCalledTimes(1); // whoever is there is served
});
