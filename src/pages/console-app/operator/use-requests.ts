import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { RequestRow, RequestsReport } from '../../console/report';
import { ApiError, fetchJson } from '../parts/api';
import { followEvents, type LiveState } from '../parts/live';
import { useUi } from '../parts/ui';

/** Rows that the page keeps; the server keeps as many. */
const CAPACITY = 300;

export interface LiveRequests {
  /** The newest first. */
  readonly rows: readonly RequestRow[];
  /** Higher ones came while the page was open. */
  readonly loadedSeq: number;
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
  readonly instance: string;
  readonly capacity: number;
  readonly loadedSeq: number;
  readonly rows: readonly RequestRow[];
}

const NOTHING: Loaded = { instance: '', capacity: CAPACITY, loadedSeq: Infinity, rows: [] };

/** The last requests of the instance, and those that end from now on. */
export function useRequests(): LiveRequests {
  const { access } = useUi();
  const [loaded, setLoaded] = useState(NOTHING);
  const [error, setError] = useState<ApiError>();
  const [state, setState] = useState<LiveState>('connecting');
  const [frozen, setFrozen] = useState<readonly RequestRow[]>();
  const [round, setRound] = useState(0);
  const instance = useRef('');
  const reload = useCallback(() => {
    setRound((one) => one + 1);
  }, []);

  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    fetchJson<RequestsReport>(access, `/-/console/requests?limit=${String(CAPACITY)}`, signal).then(
      (report) => {
        instance.current = report.instance;
        setError(undefined);
        setLoaded((last) => {
          const rows =
            last.instance === report.instance ? merged(last.rows, report.requests) : report.requests;
          return {
            instance: report.instance,
            capacity: report.capacity,
            loadedSeq: report.requests[0]?.seq ?? 0,
            rows,
          };
        });
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
      onInstance(name) {
        // Several instances may take turns behind one address: the list is of one, so it is fetched again.
        if (instance.current !== '' && name !== instance.current) reload();
      },
    });
    return () => {
      controller.abort();
    };
  }, [access, round, reload]);

  return {
    rows: frozen ?? loaded.rows,
    loadedSeq: loaded.loadedSeq,
    capacity: loaded.capacity,
    state,
    error,
    isLoading: loaded === NOTHING,
    isPaused: frozen !== undefined,
    held: frozen ? loaded.rows.filter(({ seq }) => seq > (frozen[0]?.seq ?? 0)).length : 0,
    togglePause() {
      setFrozen(frozen ? undefined : loaded.rows);
    },
    reload,
  };
}

function merged(rows: readonly RequestRow[], more: readonly RequestRow[]): readonly RequestRow[] {
  const known = new Set(rows.map(({ seq }) => seq));
  const fresh = more.filter(({ seq }) => !known.has(seq));
  return [...fresh, ...rows].sort((one, other) => other.seq - one.seq).slice(0, CAPACITY);
}
