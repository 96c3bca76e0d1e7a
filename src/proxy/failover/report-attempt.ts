import { ProxyError } from '../../errors/proxy-error';
import type { Exchange } from '../exchange/exchange';
import type { UpstreamResponse } from '../upstream/upstream-response';

/** How one attempt went: the status of the response, or the code of why there was none. */
export interface AttemptReport {
  readonly status?: number | undefined;
  readonly error?: string;
  /** Until the head of the response, or the failure. */
  readonly ms: number;
}

/** Called after each attempt, whose number and key are in the exchange's record. */
export type AttemptListener = (exchange: Exchange, report: AttemptReport) => void;

/** Waits for an attempt's response, and reports how it went. */
export async function reported(
  sent: Promise<UpstreamResponse>,
  exchange: Exchange,
  onAttempt: AttemptListener,
): Promise<UpstreamResponse> {
  const sinceMs = exchange.elapsedMs();
  const ms = () => exchange.elapsedMs() - sinceMs;
  try {
    const upstream = await sent;
    onAttempt(exchange, { status: upstream.statusCode, ms: ms() });
    return upstream;
  } catch (error) {
    onAttempt(exchange, { error: error instanceof ProxyError ? error.code : 'caller-left', ms: ms() });
    throw error;
  }
}
