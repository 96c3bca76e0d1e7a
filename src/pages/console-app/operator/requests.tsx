import { useMemo, useState } from 'preact/hooks';
import { Card, Empty, ErrorBox, Pill } from '../parts/boxes';
import { DataTable } from '../parts/data-table';
import { matching, type Filters } from '../parts/rows';
import { useUi } from '../parts/ui';
import { fill } from '../texts/texts';
import { requestColumns } from './request-columns';
import { RequestDetails } from './request-details';
import { useRequests } from './use-requests';

/** Rows in the page at a time: more would make typing into a filter slow. */
const SHOWN = 100;

export function Requests() {
  const ui = useUi();
  const { texts, format } = ui;
  const { requests } = texts;
  const live = useRequests();
  const [filters, setFilters] = useState<Filters>({});
  const [failedOnly, setFailedOnly] = useState(false);
  const [limit, setLimit] = useState(SHOWN);
  const columns = useMemo(() => requestColumns(ui), [ui]);
  const found = matching(failedOnly ? live.rows.filter((row) => row.is_error) : live.rows, columns, filters);
  const isFiltered = failedOnly || Object.values(filters).some((text) => text !== '');
  return (
    <>
      <div class="view-head">
        <h1>{requests.heading}</h1>
        <span class="live" role="status">
          {live.held > 0 || live.isPaused ? (
            <Pill tone="soft">{fill(requests.paused, { count: format.number(live.held) })}</Pill>
          ) : (
            <Pill tone={live.state === 'live' ? 'good' : 'warn'}>
              {live.state === 'live'
                ? requests.live
                : live.state === 'broken'
                  ? requests.broken
                  : requests.connecting}
            </Pill>
          )}
        </span>
      </div>
      {live.error && <ErrorBox error={live.error} retry={live.reload} />}
      <Card
        title={fill(requests.kept, { capacity: format.number(live.capacity) })}
        id="request-list"
        hint={fill(requests.keptShown, { shown: format.number(Math.min(found.length, limit)) })}
        aside={
          <div class="choices">
            <label class="check">
              <input
                type="checkbox"
                checked={failedOnly}
                onChange={(event) => {
                  setFailedOnly(event.currentTarget.checked);
                }}
              />
              {requests.failedOnly}
            </label>
            <button
              type="button"
              disabled={!isFiltered}
              onClick={() => {
                setFilters({});
                setFailedOnly(false);
              }}
            >
              {requests.clear}
            </button>
            <button type="button" aria-pressed={live.isPaused} onClick={live.togglePause}>
              {live.isPaused ? requests.resume : requests.pause}
            </button>
          </div>
        }
      >
        <DataTable
          label={requests.heading}
          isDense
          columns={columns}
          rows={found.slice(0, limit)}
          keyOf={({ id }) => id}
          classOf={({ is_error, at_ms }) =>
            `${is_error ? 'failed' : ''} ${at_ms > live.loadedAtMs ? 'new' : ''}`
          }
          details={(row) => <RequestDetails row={row} />}
          detailsLabel={({ id }) => fill(requests.open, { id })}
          filters={filters}
          onFilter={(key, text) => {
            setFilters({ ...filters, [key]: text });
          }}
        />
        {found.length === 0 &&
          (live.rows.length > 0 ? (
            <Empty title={requests.noMatch} />
          ) : (
            !live.isLoading && <Empty title={requests.empty}>{requests.emptyHint}</Empty>
          ))}
        {found.length > limit && (
          <button
            type="button"
            onClick={() => {
              setLimit(limit + SHOWN);
            }}
          >
            {texts.common.more}
          </button>
        )}
      </Card>
    </>
  );
}
