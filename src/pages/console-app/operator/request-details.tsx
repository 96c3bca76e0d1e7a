import type { AttemptRow, RequestRow } from '../../console/report';
import { remedyOf } from '../parts/api';
import { DataTable } from '../parts/data-table';
import type { Column } from '../parts/rows';
import { useUi } from '../parts/ui';
import { DASH } from '../texts/format';
import { fill, textOf } from '../texts/texts';

/** All that is known of a request: what went wrong first, then its attempts, then its figures. */
export function RequestDetails({ row }: { readonly row: RequestRow }) {
  const { texts, format, language } = useUi();
  const { requests } = texts;
  const remedy = remedyOf(row.error, language) ?? row.message;
  const yesNo = (value: boolean | null) => (value === null ? DASH : value ? requests.yes : requests.no);
  const facts: readonly (readonly [string, string])[] = [
    [requests.path, `${row.method} ${row.path}`],
    [requests.served, row.model_served ?? row.model ?? DASH],
    [requests.stream, yesNo(row.stream)],
    [requests.inputTokens, format.number(row.input_tokens)],
    [requests.cachedTokens, format.number(row.cached_input_tokens)],
    [requests.outputTokens, format.number(row.output_tokens)],
    [requests.reasoningTokens, format.number(row.reasoning_tokens)],
    [requests.meter, row.meter === null ? DASH : requests.meters[row.meter]],
    [requests.bytes, format.bytes(row.bytes)],
  ];
  return (
    <div class="request-details">
      {row.error !== null && (
        <div class="notice bad">
          <p>
            <code>{row.error}</code>
          </p>
          {remedy !== null && (
            <p>
              <strong>{requests.remedy}:</strong> {remedy}
            </p>
          )}
        </div>
      )}
      {row.upstream_error !== null && (
        <p>
          {requests.upstreamError}: <code>{row.upstream_error}</code>
        </p>
      )}
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {row.tried.length > 0 && <Attempts tried={row.tried} />}
      <p class="soft small">{fill(texts.common.requestId, { id: row.id })}</p>
    </div>
  );
}

function Attempts({ tried }: { readonly tried: readonly AttemptRow[] }) {
  const { texts, format } = useUi();
  const { requests } = texts;
  const rows = tried.map((one, at) => ({ ...one, number: at + 1 }));
  const columns: readonly Column<AttemptRow & { readonly number: number }>[] = [
    {
      key: 'number',
      title: requests.attempts,
      cell: ({ number }) => fill(requests.attempt, { number: format.number(number) }),
    },
    { key: 'provider', title: requests.provider, cell: ({ provider }) => provider },
    { key: 'key', title: texts.keys.key, cell: ({ key }) => (key === null ? DASH : <code>{key}</code>) },
    { key: 'status', title: requests.status, cell: ({ status }) => status ?? DASH },
    {
      key: 'code',
      title: requests.upstreamError,
      cell: ({ code }) => (code === null ? DASH : <code>{code}</code>),
    },
    {
      key: 'why',
      title: requests.outcome,
      cell: ({ why, status }) =>
        why === null ? (status !== null && status < 400 ? requests.ok : DASH) : textOf(requests.whys, why),
    },
  ];
  return (
    <DataTable
      label={requests.attempts}
      columns={columns}
      rows={rows}
      keyOf={({ number }) => String(number)}
    />
  );
}
