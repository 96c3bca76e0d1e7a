import { setTimeout as sleep } from 'node:timers/promises';
import { retryDelayMs, type CallKind } from './retries';
import { scfError } from './scf-error';

/** A call of one of Tencent's APIs. */
export interface Call<T> {
  readonly action: string;
  readonly kind: CallKind;
  /** The first pause; each later one is twice as long. */
  readonly pauseMs: number;
  readonly once: () => Promise<T>;
}

/** Makes a call, again as `retryDelayMs` decides. @throws ScfError the last attempt's */
export async function repeated<T>({ action, kind, pauseMs, once }: Call<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once();
    } catch (cause) {
      const error = scfError(action, cause);
      const delayMs = retryDelayMs(error, { kind, attempt, pauseMs });
      if (delayMs === undefined) throw error;
      await sleep(delayMs);
    }
  }
}
