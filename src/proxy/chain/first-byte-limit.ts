import { ProxyError } from '../../errors/proxy-error';
import type { Exchange } from '../exchange/exchange';
import { bufferedFrom, readBeginning } from '../upstream/buffered-response';
import { hasReadableEvents } from '../upstream/first-event';
import type { UpstreamClient } from '../upstream/upstream-client';
import type { Outcome } from '../failover/attempt';
import { isUpgraded } from '../response/tunnel';

/** How long the first byte of a body is awaited, before its head goes to the client all the same. */
const FIRST_BODY_BYTE_MS = 3_000;

/**
 * The upstreams, with a limit for the head of a response.
 * @param isGivenUp called once it is over: whether the request is to be taken back, so that another provider gets it
 * @returns `send` throws ProxyError `upstream-timeout` then
 */
export function withFirstByteLimit(
  upstreams: Pick<UpstreamClient, 'send'>,
  exchange: Exchange,
  limitMs: number,
  isGivenUp: () => boolean,
): Pick<UpstreamClient, 'send'> {
  if (limitMs === Infinity) return upstreams;
  return {
    async send(outbound, body, sentFor) {
      const stop = exchange.startAttempt();
      const timer = setTimeout(() => {
        if (isGivenUp()) stop(new ProxyError('upstream-timeout'));
      }, limitMs);
      try {
        return await upstreams.send(outbound, body, sentFor);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/**
 * Waits for the first byte of a good response's body, so that one that is cut before it can be had from another provider.
 * @throws ProxyError `upstream-cut`; the reason that stops the exchange meanwhile
 */
export async function withFirstBodyByte(outcome: Outcome, exchange: Exchange): Promise<Outcome> {
  if (outcome.kind === 'buffered' || isUpgraded(outcome.upstream)) return outcome;
  const { upstream, rawHeaders } = outcome;
  if (hasReadableEvents(rawHeaders)) return outcome; // its first event was awaited
  const { bytes, ended } = await readBeginning(upstream, exchange, () => true, {
    limitMs: FIRST_BODY_BYTE_MS,
  });
  if (!ended) return outcome;
  const response = { ...(await bufferedFrom(upstream, bytes)), rawHeaders };
  return { kind: 'buffered', response, headers: [] };
}
