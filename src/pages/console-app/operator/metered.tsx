import type { Overview, UnmeteredRow } from '../../console/report';
import { Card } from '../parts/boxes';
import { DataTable } from '../parts/data-table';
import type { Column } from '../parts/rows';
import { useUi } from '../parts/ui';
import { DASH } from '../texts/format';
import { fill } from '../texts/texts';

/** How much of what was used is known, and whose is not. */
export function Metered({ data }: { readonly data: Overview }) {
  const { texts, format } = useUi();
  const { overview } = texts;
  const { metered, partial, unmetered } = data.series.total;
  const all = metered + partial + unmetered;
  const columns: readonly Column<UnmeteredRow>[] = [
    { key: 'token', title: overview.token, cell: ({ token }) => token ?? DASH },
    { key: 'model', title: overview.model, cell: ({ model }) => model ?? DASH },
    { key: 'provider', title: overview.provider, cell: ({ provider }) => provider ?? DASH },
    { key: 'requests', title: overview.requests, isNumber: true, cell: (row) => format.number(row.requests) },
    {
      key: 'unmetered',
      title: overview.metered,
      cell: (row) =>
        fill(overview.unmeteredRow, {
          partial: format.number(row.partial),
          unmetered: format.number(row.unmetered),
        }),
    },
  ];
  return (
    <Card
      title={overview.metered}
      id="metered"
      hint={overview.meteredHint}
      aside={<span class="figure">{format.percent(all === 0 ? null : metered / all)}</span>}
    >
      {all > 0 && (
        <div class="shares" aria-hidden="true">
          <span class="known" style={{ flexGrow: metered }} />
          <span class="part" style={{ flexGrow: partial }} />
          <span class="not" style={{ flexGrow: unmetered }} />
        </div>
      )}
      <p class="soft small">
        {[
          `${overview.fully} ${format.number(metered)}`,
          `${overview.partly} ${format.number(partial)}`,
          `${overview.unknown} ${format.number(unmetered)}`,
        ].join(' · ')}
      </p>
      {data.unmetered.rows.length === 0 ? (
        all > 0 && <p>{overview.meteredAll}</p>
      ) : (
        <DataTable
          label={overview.metered}
          columns={columns}
          rows={data.unmetered.rows}
          keyOf={({ token, model, provider }) => JSON.stringify([token, model, provider])}
        />
      )}
    </Card>
  );
}
