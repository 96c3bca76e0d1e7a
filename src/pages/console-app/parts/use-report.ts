import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, fetchJson } from './api';
import { useUi } from './ui';

export interface Report<T> {
  /** The last one that came; it stays while a newer one is fetched, or if that fails. */
  readonly data: T | undefined;
  readonly error: ApiError | undefined;
  readonly reload: () => void;
}

export interface ReportOptions {
  /** How often it is fetched again while the page is seen; once, if it is left out. */
  readonly everyMs?: number;
}

/** Retries after a failure, however seldom the report is fetched. */
const RETRY_MS = 10_000;

/** A report of the proxy, which is fetched again now and then. */
export function useReport<T>(path: string, { everyMs }: ReportOptions = {}): Report<T> {
  const { access } = useUi();
  const [state, setState] = useState<{ path: string; data?: T; error?: ApiError }>({ path });
  const [round, setRound] = useState(0);
  const reload = useCallback(() => {
    setRound((one) => one + 1);
  }, []);
  const timer = useRef(0);
  useEffect(() => {
    const controller = new AbortController();
    const again = (ms: number | undefined) => {
      if (ms === undefined) return;
      timer.current = window.setTimeout(() => {
        if (document.visibilityState === 'visible') reload();
        else document.addEventListener('visibilitychange', reload, { once: true, signal: controller.signal });
      }, ms);
    };
    fetchJson<T>(access, path, controller.signal).then(
      (data) => {
        if (controller.signal.aborted) return;
        setState({ path, data });
        again(everyMs);
      },
      (error: unknown) => {
        if (controller.signal.aborted) return;
        const failure = error instanceof ApiError ? error : new ApiError(0, '', '', String(error));
        setState((last) => ({ ...(last.path === path ? last : { path }), error: failure }));
        if (failure.status === 0 || failure.status >= 500) again(Math.min(everyMs ?? RETRY_MS, RETRY_MS));
      },
    );
    return () => {
      controller.abort();
      clearTimeout(timer.current);
    };
  }, [access, path, round, everyMs, reload]);
  return { data: state.path === path ? state.data : undefined, error: state.error, reload };
}
