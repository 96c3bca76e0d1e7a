import type { OutboundBody } from '../../../src/proxy/body/body';
import { sendWithPool, type AttemptOptions } from '../../../src/proxy/failover/failover';
import { KeyPool } from '../../../src/proxy/keys/key-pool';
import type { OutboundRequest } from '../../../src/proxy/request/outbound-request';
import { Costs } from '../../../src/proxy/limits/costs';
import { OwnerRecorder } from '../../../src/proxy/owners/owner-recorder';
import { ResourceOwners } from '../../../src/proxy/owners/resource-owners';
import { ClientDisconnected } from '../../../src/errors/proxy-error';
import { openai } from '../../../src/providers/openai';
import { WrittenResponse, makeExchange } from '../../helpers/exchange';

const body: OutboundBody = {
  framing: 'none',
  replayable: true,
  needsFreshSocket: false,
  sendTo: () => undefined,
  release: () => undefined,
};

it('a client that disconnects while it waits for a key causes no upstream request, and the key is released', async () => {
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
  const keyRequest = { scope: 's', conversation: undefined };
  // Nothing is known of either key, and each has its one request: the next one waits for what comes of it.
  const leases = [
    await pool.acquire({ ...keyRequest, tried: [] }),
    await pool.acquire({ ...keyRequest, tried: [] }),
  ];
  const send = jest.fn(() => Promise.resolve(new WrittenResponse(200).finish()));
  const options: AttemptOptions = {
    provider: openai,
    facts: { method: 'POST', path: '/v1/chat/completions', model: 'm' },
    upstreams: { send }, // nothing else of it is asked for
    outbound: (key) => ({ path: key }) as OutboundRequest,
    body,
    retryUpstreamErrors: false,
    now: () => 0,
    costs: new Costs(undefined),
    recorder: new OwnerRecorder(new ResourceOwners({ isShared: () => true }), 'p', {
      ids: [],
      allIds: () => [],
      verified: [],
      makes: false,
    }),
  };
  const exchange = makeExchange();
  const left = new ClientDisconnected('gone');
  const outcome = sendWithPool(pool, keyRequest, exchange, options).catch((error: unknown) => error);
  exchange.stop(left);
  for (const lease of leases) {
    lease?.record({ kind: 'ok' }, true);
    lease?.release();
  }
  expect(await outcome).toBe(left);
  expect(send).not.toHaveBeenCalled();
  expect(pool.keys.map(({ open }) => open)).toEqual([0, 0]);

  await sendWithPool(pool, keyRequest, makeExchange(), options);
  expect(send).toHaveBeenCalledTimes(1); // a client that is still connected is served
});
