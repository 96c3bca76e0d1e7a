import { useCallback, useEffect, useState } from 'preact/hooks';
import type { RequestRow, RequestsReport } from '../../console/report';
import { ApiError, fetchJson } from '../parts/api';
import { followEvents, type LiveState } from '../parts/live';
import { useUi } from '../parts/ui';

/** Rows that the page keeps; the server keeps as many. */
const CAPACITY = 300;

export interface LiveRequests {
  /** The newest first. */
  readonly rows: readonly RequestRow[];
  /** Later ones came while the page was open. */
  readonly loadedAtMs: number;
  readonly capacity: number;
  readonly state: LiveState;
  readonly error: ApiError | undefined;
  readonly isLoading: boolean;
  readonly isPaused: boolean;
  /** How many have come since it was paused. */
  readonly held: number;
  readonly togglePause: () => void;
  readonly reload: () => void;
}

interface Loaded {
  readonly capacity: number;
  readonly loadedAtMs: number;
  readonly rows: readonly RequestRow[];
}

const NOTHING: Loaded = { capacity: CAPACITY, loadedAtMs: Infinity, rows: [] };

/**
 * The last requests of the instance, and those that end from now on. Several instances may take turns behind one address: those
 * of all that have responded are shown then.
 */
export function useRequests(): LiveRequests {
  const { access } = useUi();
  const [loaded, setLoaded] = useState(NOTHING);
  const [error, setError] = useState<ApiError>();
  const [state, setState] = useState<LiveState>('connecting');
  const [frozen, setFrozen] = useState<readonly RequestRow[]>();
  const [round, setRound] = useState(0);
  const reload = useCallback(() => {
    setRound((one) => one + 1);
  }, []);

  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    fetchJson<RequestsReport>(access, `/-/console/requests?limit=${String(CAPACITY)}`, signal).then(
      (report) => {
        setError(undefined);
        setLoaded((last) => ({
          capacity: report.capacity,
          loadedAtMs: report.requests[0]?.at_ms ?? 0,
          rows: merged(last.rows, report.requests),
        }));
      },
      (failure: unknown) => {
        if (!signal.aborted) setError(failure instanceof ApiError ? failure : new ApiError(0, '', '', ''));
      },
    );
    void followEvents(access, signal, {
      onState: setState,
      onRequest(row) {
        setLoaded((last) => ({ ...last, rows: merged(last.rows, [row]) }));
      },
    });
    return () => {
      controller.abort();
    };
  }, [access, round, reload]);

  return {
    rows: frozen ?? loaded.rows,
    loadedAtMs: loaded.loadedAtMs,
    capacity: loaded.capacity,
    state,
    error,
    isLoading: loaded === NOTHING,
    isPaused: frozen !== undefined,
    held: frozen ? loaded.rows.filter(({ at_ms }) => at_ms > (frozen[0]?.at_ms ?? 0)).length : 0,
    togglePause() {
      setFrozen(frozen ? undefined : loaded.rows);
    },
    reload,
  };
}

function merged(rows: readonly RequestRow[], more: readonly RequestRow[]): readonly RequestRow[] {
  const known = new Set(rows.map(({ id }) => id));
  const fresh = more.filter(({ id }) => !known.has(id));
  return [...fresh, ...rows]
    .sort((one, other) => other.at_ms - one.at_ms || other.seq - one.seq)
    .slice(0, CAPACITY);
}
