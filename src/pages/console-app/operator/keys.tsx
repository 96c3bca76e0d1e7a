import { useMemo } from 'preact/hooks';
import type { KeyRow, KeysReport, ProviderKeys } from '../../console/report';
import { Card, Empty, Loaded, Meter, Pill, type Tone } from '../parts/boxes';
import { DataTable } from '../parts/data-table';
import type { Column } from '../parts/rows';
import { useUi, type Ui } from '../parts/ui';
import { useReport } from '../parts/use-report';
import { DASH } from '../texts/format';
import { fill } from '../texts/texts';

const EVERY_MS = 10_000;
const TONES: Readonly<Record<KeyRow['state'], Tone>> = { live: 'good', cooling: 'warn', out: 'bad' };

export function Keys() {
  const { texts } = useUi();
  const report = useReport<KeysReport>('/-/console/keys', { everyMs: EVERY_MS });
  return (
    <>
      <div class="view-head">
        <h1>{texts.keys.heading}</h1>
      </div>
      <Loaded report={report} lines={8}>
        {({ providers, now_ms, truncated }) => (
          <>
            {providers.length === 0 && (
              <div class="card">
                <Empty title={texts.keys.empty}>{texts.keys.emptyHint}</Empty>
              </div>
            )}
            {providers.map((one) => (
              <ProviderCard key={one.provider} provider={one} nowMs={now_ms} />
            ))}
            {truncated && <p class="soft">{texts.keys.truncated}</p>}
          </>
        )}
      </Loaded>
    </>
  );
}

function ProviderCard({ provider: one, nowMs }: { readonly provider: ProviderKeys; readonly nowMs: number }) {
  const ui = useUi();
  const { texts, format } = ui;
  const columns = useMemo(() => columnsIn(ui, nowMs), [ui, nowMs]);
  const { provider, keys, total, ready, egress } = one;
  return (
    <Card
      title={provider}
      id={`keys-${provider}`}
      hint={egressText(one, ui)}
      aside={
        <Pill tone={ready === 0 ? 'bad' : ready < total ? 'warn' : 'good'}>
          {fill(texts.keys.ready, { ready: format.number(ready), total: format.number(total) })}
        </Pill>
      }
    >
      {egress?.verdict === 'refused' && egress.reason !== undefined && (
        <p class="notice bad">{egress.reason}</p>
      )}
      <DataTable label={provider} columns={columns} rows={keys} keyOf={({ alias }) => alias} />
    </Card>
  );
}

function egressText({ provider, egress }: ProviderKeys, { texts }: Ui): string | undefined {
  if (egress === null) return undefined;
  const { country, ip, verdict } = egress;
  if (country === null) return texts.keys.egressUnknown;
  const text = fill(verdict === 'refused' ? texts.keys.egressRefused : texts.keys.egress, {
    provider,
    country,
  });
  return ip === null ? text : `${text} · ${ip}`;
}

function columnsIn({ texts, format }: Ui, nowMs: number): readonly Column<KeyRow>[] {
  const { keys } = texts;
  return [
    { key: 'alias', title: keys.key, cell: ({ alias }) => <code>{alias}</code> },
    {
      key: 'state',
      title: keys.state,
      cell: ({ state }) => <Pill tone={TONES[state]}>{keys.states[state]}</Pill>,
    },
    {
      key: 'reason',
      title: keys.reason,
      cell: ({ reason, models }) => (
        <>
          {reason === null ? (models.length === 0 ? DASH : '') : keys.reasons[reason]}
          {models.length > 0 && (
            <div class="soft">
              {fill(keys.models, { list: format.list(models.map(({ model }) => model)) })}
            </div>
          )}
        </>
      ),
    },
    {
      key: 'until',
      title: keys.until,
      cell: ({ until_ms }) => (until_ms === null ? DASH : format.relative(until_ms, nowMs)),
    },
    {
      key: 'budget',
      title: keys.budget,
      cell: ({ budget }) =>
        budget === null ? (
          DASH
        ) : (
          <Meter
            label={textOfPeriod(budget.per, texts.limits)}
            used={budget.spent_nano_usd}
            limit={budget.nano_usd}
            text={fill(texts.common.of, {
              used: format.money(budget.spent_nano_usd),
              limit: format.money(budget.nano_usd),
            })}
          />
        ),
    },
    {
      key: 'requests',
      title: keys.requests,
      isNumber: true,
      cell: ({ requests }) => format.number(requests),
    },
    {
      key: 'errors',
      title: keys.errorShare,
      isNumber: true,
      cell: ({ error_share }) => format.percent(error_share),
    },
    {
      key: 'latency',
      title: keys.latency,
      isNumber: true,
      cell: ({ latency }) =>
        latency === null ? (
          DASH
        ) : (
          <>
            {format.duration(latency.p50_ms)}
            <span class="soft"> · {fill(keys.p95, { value: format.duration(latency.p95_ms) })}</span>
          </>
        ),
    },
  ];
}

function textOfPeriod(period: string, texts: Readonly<Record<string, string>>): string {
  return texts[period] ?? period;
}
