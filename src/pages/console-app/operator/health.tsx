import type { Check, HealthReport, InstanceRow } from '../../console/report';
import { Card, Loaded, Meter, Pill, Stat, type Tone } from '../parts/boxes';
import { DataTable } from '../parts/data-table';
import type { Column } from '../parts/rows';
import { useUi } from '../parts/ui';
import { useReport } from '../parts/use-report';
import { fill, textOf } from '../texts/texts';

const EVERY_MS = 10_000;
const TONES: Readonly<Record<Check['status'], Tone>> = { ok: 'good', warning: 'warn', failed: 'bad' };

export function Health() {
  const { texts } = useUi();
  const report = useReport<HealthReport>('/-/console/health', { everyMs: EVERY_MS });
  const place = [report.data?.region, report.data?.function].filter(
    (part) => part !== null && part !== undefined,
  );
  return (
    <>
      <div class="view-head">
        <h1>{texts.health.heading}</h1>
        {place.length > 0 && <span class="scope">{place.join(' · ')}</span>}
      </div>
      <Loaded report={report} lines={8}>
        {(data) => (
          <>
            <HealthFigures data={data} />
            <Checks checks={data.checks} />
            <Instances data={data} />
          </>
        )}
      </Loaded>
    </>
  );
}

function HealthFigures({ data }: { readonly data: HealthReport }) {
  const { texts, format } = useUi();
  const { health } = texts;
  const { memory, open, event_loop, deadline, prices } = data;
  const functionLimit = deadline.function_limit_ms;
  return (
    <>
      <dl class="stats">
        <Stat
          label={health.openRequests}
          value={format.number(open.requests)}
          notes={[
            fill(health.openStreams, { count: format.number(open.streams) }),
            fill(health.openListeners, { count: format.number(open.listeners) }),
          ]}
        />
        <Stat
          label={health.loop}
          value={event_loop ? format.duration(Math.round(event_loop.p99_ms)) : '–'}
          notes={
            event_loop
              ? [
                  fill(health.mean, { value: format.duration(Math.round(event_loop.mean_ms)) }),
                  fill(health.max, { value: format.duration(Math.round(event_loop.max_ms)) }),
                ]
              : [health.loopNone]
          }
        />
        <Stat
          label={health.deadline}
          value={deadline.margin_ms === null ? '–' : format.duration(deadline.margin_ms)}
          notes={[
            functionLimit === null
              ? health.noPlatform
              : fill(health.functionLimit, { value: format.duration(functionLimit) }),
            fill(health.timeout, { value: format.duration(deadline.timeout_ms) }),
            fill(health.idle, { value: format.duration(deadline.idle_timeout_ms) }),
          ]}
          tone={deadline.margin_ms !== null && deadline.margin_ms < 0 ? 'bad' : undefined}
        />
        <Stat
          label={health.prices}
          value={fill(health.pricesAge, { age: format.duration(prices.age_days * 86_400_000) })}
          notes={[`${prices.name} ${prices.version}`, prices.date]}
          tone={prices.age_days > 60 ? 'warn' : undefined}
        />
      </dl>
      <Card
        title={health.memory}
        id="memory"
        aside={<span class="soft">{fill(health.uptime, { value: format.duration(data.uptime_ms) })}</span>}
      >
        {memory.limit_bytes === null ? (
          <p>
            {format.bytes(memory.rss_bytes)} <span class="soft">· {health.memoryNoLimit}</span>
          </p>
        ) : (
          <Meter
            label="RSS"
            used={memory.rss_bytes}
            limit={memory.limit_bytes}
            text={fill(texts.common.of, {
              used: format.bytes(memory.rss_bytes),
              limit: format.bytes(memory.limit_bytes),
            })}
          />
        )}
      </Card>
    </>
  );
}

function Checks({ checks }: { readonly checks: readonly Check[] }) {
  const { texts } = useUi();
  const { health } = texts;
  return (
    <Card title={health.checks} id="checks">
      <ul class="checks">
        {checks.map(({ name, status, message, remedy }) => (
          <li key={name}>
            <Pill tone={TONES[status]}>{health.statuses[status]}</Pill>
            <div>
              <strong>{textOf(health.names, name)}</strong>
              <p>{message}</p>
              {remedy !== null && <p class="soft">{remedy}</p>}
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Instances({ data }: { readonly data: HealthReport }) {
  const { texts, format } = useUi();
  const { health } = texts;
  const rows = data.instances ?? [
    { instance: data.instance, version: data.version, commit: data.commit, seen_ms: data.now_ms },
  ];
  const columns: readonly Column<InstanceRow>[] = [
    {
      key: 'instance',
      title: health.instance,
      cell: ({ instance }) => (
        <>
          <code>{instance}</code>
          {instance === data.instance && <span class="tag">{health.thisOne}</span>}
        </>
      ),
    },
    {
      key: 'version',
      title: health.version,
      cell: ({ version, commit }) => (
        <>
          {version} <code class="soft">{commit.slice(0, 12)}</code>
        </>
      ),
    },
    { key: 'seen', title: health.seen, cell: ({ seen_ms }) => format.relative(seen_ms, data.now_ms) },
  ];
  return (
    <Card
      title={health.instances}
      id="instances"
      hint={data.instances === null ? health.instancesNoRedis : undefined}
      aside={<span class="soft">{fill(health.node, { version: data.node })}</span>}
    >
      <DataTable label={health.instances} columns={columns} rows={rows} keyOf={({ instance }) => instance} />
    </Card>
  );
}
