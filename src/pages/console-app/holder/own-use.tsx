import { Card, Loaded, Meter, ScopeNote } from '../parts/boxes';
import { useUi } from '../parts/ui';
import { useReport } from '../parts/use-report';
import { fill } from '../texts/texts';

/** The body of `/-/me`: docs/usage.md. */
export interface Me {
  readonly name: string;
  readonly limits: Readonly<Record<string, MoneyLimit | CountLimit | readonly string[]>>;
  readonly today: Brief;
  readonly month: Brief;
  readonly expires_at: string | null;
  readonly scope: 'instance' | 'all';
  readonly since: string;
}

interface Brief {
  readonly requests: number;
  readonly tokens: number;
  /** In dollars. */
  readonly usd: string | number | null;
}

interface CountLimit {
  readonly limit: number;
  readonly used: number;
  readonly left: number;
}

interface MoneyLimit {
  readonly period: 'day' | 'week' | 'month' | null;
  readonly limit: string;
  readonly used: string;
  readonly left: string;
  readonly resets_at: string | null;
}

const EVERY_MS = 20_000;
const COUNTS = {
  requests_per_minute: 'requests-per-minute',
  tokens_per_minute: 'tokens-per-minute',
  concurrency: 'concurrency',
} as const;

export function OwnUse() {
  const { texts, format } = useUi();
  const { account } = texts;
  const report = useReport<Me>('/-/me', { everyMs: EVERY_MS });
  return (
    <Card
      title={account.use}
      id="use"
      aside={report.data && <ScopeNote scope={report.data.scope} since_ms={Date.parse(report.data.since)} />}
    >
      <Loaded report={report} lines={5}>
        {({ today, month, limits, expires_at }) => (
          <>
            <dl class="uses">
              <Used title={account.today} use={today} />
              <Used title={account.month} use={month} />
            </dl>
            <Limits limits={limits} />
            <p class="soft small">
              {expires_at === null
                ? account.expiresNever
                : fill(account.expires, { time: format.moment(Date.parse(expires_at)) })}
            </p>
          </>
        )}
      </Loaded>
    </Card>
  );
}

function Used({ title, use }: { readonly title: string; readonly use: Brief }) {
  const { texts, format } = useUi();
  const { account } = texts;
  return (
    <div>
      <dt>{title}</dt>
      <dd class="figure">{format.money(nanoUsdOf(use.usd))}</dd>
      <dd class="soft">
        {format.number(use.requests)} {account.requests}
      </dd>
      <dd class="soft">
        {format.number(use.tokens)} {account.tokens}
      </dd>
    </div>
  );
}

function Limits({ limits }: { readonly limits: Me['limits'] }) {
  const { texts, format } = useUi();
  const { account, common } = texts;
  const { usd } = limits;
  const shown = Object.entries(COUNTS).flatMap(([name, kind]) => {
    const limit = limits[name];
    return limit && 'left' in limit && typeof limit.left === 'number'
      ? [{ kind, ...(limit as CountLimit) }]
      : [];
  });
  const lists = [
    [account.onlyModels, limits['models']],
    [account.onlyProviders, limits['providers']],
  ] as const;
  if (Object.keys(limits).length === 0) return <p class="soft">{account.noLimits}</p>;
  return (
    <>
      {usd && 'period' in usd && <Money limit={usd} />}
      {shown.map(({ kind, used, limit }) => (
        <Meter
          key={kind}
          label={texts.limits[kind]}
          used={used}
          limit={limit}
          text={fill(common.of, { used: format.number(used), limit: format.number(limit) })}
        />
      ))}
      {lists.map(
        ([text, list]) =>
          Array.isArray(list) && (
            <p key={text} class="soft">
              {fill(text, { list: format.list(list as readonly string[]) })}
            </p>
          ),
      )}
    </>
  );
}

function Money({ limit: { period, limit, used, left, resets_at } }: { readonly limit: MoneyLimit }) {
  const { texts, format } = useUi();
  const money = (usd: string) => format.money(nanoUsdOf(usd));
  const text = `${fill(texts.common.of, { used: money(used), limit: money(limit) })} · ${fill(texts.common.left, { left: money(left) })}`;
  return (
    <>
      <Meter
        label={`${texts.limits.money} ${texts.limits[period ?? 'total']}`}
        used={Number(used)}
        limit={Number(limit)}
        text={text}
      />
      {resets_at !== null && (
        <p class="soft small">{fill(texts.account.resets, { time: format.moment(Date.parse(resets_at)) })}</p>
      )}
    </>
  );
}

/** @param usd `/-/me` has it as a text, in dollars */
export function nanoUsdOf(usd: string | number | null): number | null {
  return usd === null ? null : Number(usd) * 1e9;
}
