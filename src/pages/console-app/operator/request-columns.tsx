import type { RequestRow } from '../../console/report';
import type { Column } from '../parts/rows';
import type { Ui } from '../parts/ui';
import type { AppTexts } from '../texts/en';
import { DASH } from '../texts/format';
import { fill, textOf } from '../texts/texts';

/** What became of a request, in words; a code of ours stays as it is. */
export function outcomeText(outcome: string, { requests }: AppTexts): string {
  const upstream = /^upstream-(\d+)$/.exec(outcome)?.[1];
  return upstream === undefined
    ? textOf(requests.outcomes, outcome)
    : fill(requests.outcomes.upstream, { status: upstream });
}

export function requestColumns({ texts, format }: Ui): readonly Column<RequestRow>[] {
  const { requests } = texts;
  return [
    {
      key: 'time',
      title: requests.time,
      value: ({ at_ms }) => format.time(at_ms),
      cell: ({ at_ms }) => <time dateTime={new Date(at_ms).toISOString()}>{format.time(at_ms)}</time>,
    },
    {
      key: 'token',
      title: requests.token,
      value: ({ token }) => token ?? requests.noToken,
      cell: ({ token }) => token ?? <span class="soft">{requests.noToken}</span>,
    },
    { key: 'model', title: requests.model, value: ({ model }) => model, cell: ({ model }) => model ?? DASH },
    {
      key: 'provider',
      title: requests.provider,
      value: ({ provider }) => provider,
      cell: ({ provider }) => provider,
    },
    {
      key: 'status',
      title: requests.status,
      value: ({ status }) => String(status),
      cell: ({ status, is_error }) => (
        <span class={`status ${is_error ? 'bad' : status < 400 ? 'good' : ''}`}>{status}</span>
      ),
    },
    {
      key: 'outcome',
      title: requests.outcome,
      value: (row) => `${row.outcome} ${outcomeText(row.outcome, texts)} ${row.upstream_error ?? ''}`,
      cell: ({ outcome, upstream_error }) => (
        <>
          {outcomeText(outcome, texts)}
          {upstream_error !== null && <div class="soft small">{upstream_error}</div>}
        </>
      ),
    },
    {
      key: 'tokens',
      title: requests.tokens,
      isNumber: true,
      value: ({ tokens }) => tokens,
      cell: ({ tokens }) => format.number(tokens),
    },
    {
      key: 'cost',
      title: requests.cost,
      isNumber: true,
      value: ({ nano_usd }) => (nano_usd === null ? null : nano_usd / 1e9),
      cell: ({ nano_usd }) => format.money(nano_usd),
    },
    {
      key: 'first',
      title: requests.firstToken,
      isNumber: true,
      value: ({ first_token_ms }) => first_token_ms,
      cell: ({ first_token_ms }) => format.duration(first_token_ms),
    },
    {
      key: 'duration',
      title: requests.duration,
      isNumber: true,
      value: ({ ms }) => ms,
      cell: ({ ms }) => format.duration(ms),
    },
    {
      key: 'speed',
      title: requests.speed,
      isNumber: true,
      value: ({ tokens_per_second }) => tokens_per_second,
      cell: ({ tokens_per_second }) =>
        format.number(tokens_per_second === null ? null : Math.round(tokens_per_second)),
    },
  ];
}
