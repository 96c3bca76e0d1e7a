import { useCallback, useMemo, useState } from 'preact/hooks';
import type { Overview as OverviewReport, Range, Series } from '../../console/report';
import { Card, Empty, Loaded, ScopeNote, Stat } from '../parts/boxes';
import { Chart, type ChartLine } from '../parts/chart';
import { Choice } from '../parts/controls';
import { useUi } from '../parts/ui';
import { useReport } from '../parts/use-report';
import { fill } from '../texts/texts';
import { Metered } from './metered';

const EVERY_MS = 15_000;

type By = 'model' | 'token' | 'provider';
type Measure = 'tokens' | 'requests' | 'nano_usd' | 'errors';

export function Overview() {
  const { texts } = useUi();
  const [range, setRange] = useState<Range>('24h');
  const [by, setBy] = useState<By>('model');
  const [measure, setMeasure] = useState<Measure>('tokens');
  const report = useReport<OverviewReport>(`/-/console/overview?range=${range}`, { everyMs: EVERY_MS });
  return (
    <>
      <div class="view-head">
        <h1>{texts.overview.heading}</h1>
        {report.data && <ScopeNote {...report.data.today} />}
      </div>
      <Loaded report={report} lines={8}>
        {(data) => (
          <>
            <Figures data={data} />
            <OverTime
              data={data}
              {...{ range, by, measure }}
              onRange={setRange}
              onBy={setBy}
              onMeasure={setMeasure}
            />
            <Metered data={data} />
            {data.today.scope === 'instance' && <p class="notice">{texts.overview.noRedis}</p>}
            <p class="soft small">{texts.overview.utc}</p>
          </>
        )}
      </Loaded>
    </>
  );
}

function Figures({ data: { today, yesterday, first_token } }: { readonly data: OverviewReport }) {
  const { texts, format } = useUi();
  const { overview } = texts;
  const before = (value: string) => fill(overview.yesterday, { value });
  const share = (use: { errors: number; requests: number }) =>
    use.requests === 0 ? null : use.errors / use.requests;
  const errors = share(today);
  return (
    <dl class="stats">
      <Stat
        label={overview.requests}
        value={format.number(today.requests)}
        notes={[before(format.number(yesterday.requests))]}
      />
      <Stat
        label={overview.tokens}
        value={format.number(today.tokens)}
        notes={[
          fill(overview.inOut, {
            in: format.number(today.input_tokens),
            out: format.number(today.output_tokens),
          }),
          before(format.number(yesterday.tokens)),
        ]}
      />
      <Stat
        label={overview.cost}
        value={format.money(today.nano_usd)}
        notes={[
          today.unpriced > 0 ? fill(overview.unpriced, { count: format.number(today.unpriced) }) : undefined,
          before(format.money(yesterday.nano_usd)),
        ]}
      />
      <Stat
        label={overview.errors}
        value={format.percent(errors)}
        notes={[
          `${format.number(today.errors)} / ${format.number(today.requests)}`,
          before(format.percent(share(yesterday))),
        ]}
        tone={errors === null || errors < 0.02 ? undefined : errors < 0.1 ? 'warn' : 'bad'}
      />
      <Stat
        label={overview.firstToken}
        value={format.duration(first_token.today.p50_ms)}
        notes={[
          fill(overview.p95, { value: format.duration(first_token.today.p95_ms) }),
          before(format.duration(first_token.yesterday.p50_ms)),
        ]}
      />
    </dl>
  );
}

interface OverTimeProps {
  readonly data: OverviewReport;
  readonly range: Range;
  readonly by: By;
  readonly measure: Measure;
  readonly onRange: (range: Range) => void;
  readonly onBy: (by: By) => void;
  readonly onMeasure: (measure: Measure) => void;
}

function OverTime({ data, range, by, measure, onRange, onBy, onMeasure }: OverTimeProps) {
  const { texts, format } = useUi();
  const { overview } = texts;
  const { series } = data;
  const lines = useMemo(
    () => series[by].map((one) => lineOf(one, measure, overview)),
    [series, by, measure, overview],
  );
  const times = useMemo(
    () => series.starts_ms.map((at) => (range === '24h' ? format.hour(at) : format.day(at))),
    [series, range, format],
  );
  const shown = useCallback(
    (value: number) =>
      measure === 'nano_usd'
        ? format.money(value)
        : measure === 'tokens'
          ? format.compact(value)
          : format.number(value),
    [measure, format],
  );
  const measures = [
    ['tokens', overview.tokens],
    ['requests', overview.requests],
    ['nano_usd', overview.cost],
    ['errors', overview.errors],
  ] as const;
  return (
    <Card
      title={overview.chart}
      id="over-time"
      aside={
        <div class="choices">
          <Choice
            label={overview.range}
            value={range}
            onChange={onRange}
            options={[
              ['24h', overview.hours],
              ['30d', overview.days],
            ]}
          />
          <Choice
            label={overview.by}
            value={by}
            onChange={onBy}
            options={[
              ['model', overview.model],
              ['token', overview.token],
              ['provider', overview.provider],
            ]}
          />
          <Choice label={overview.measure} value={measure} onChange={onMeasure} options={measures} />
        </div>
      }
    >
      {series.total.requests === 0 ? (
        <div class="chart-empty">
          <Empty title={overview.empty}>{overview.emptyHint}</Empty>
        </div>
      ) : (
        <Chart
          label={`${overview.chart}: ${measures.find(([name]) => name === measure)?.[1] ?? ''}`}
          times={times}
          lines={lines}
          format={shown}
          texts={{ total: overview.legendTotal, table: overview.table, time: overview.time }}
        />
      )}
      {series.since_ms !== data.today.since_ms && <ScopeNote {...series} />}
    </Card>
  );
}

function lineOf(
  series: Series,
  measure: Measure,
  { other, noName }: { readonly other: string; readonly noName: string },
): ChartLine {
  return {
    name: series.other === true ? other : (series.name ?? noName),
    isOther: series.other === true,
    values: series[measure],
  };
}
