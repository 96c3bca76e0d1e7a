import { useEffect, useMemo, useState } from 'preact/hooks';
import type { TokenRow, TokensReport, Use } from '../../console/report';
import { fetchJson } from '../parts/api';
import { Card, Empty, Loaded, Pill, ScopeNote } from '../parts/boxes';
import { Command, Search } from '../parts/controls';
import { DataTable } from '../parts/data-table';
import type { Column } from '../parts/rows';
import { useUi, type Ui } from '../parts/ui';
import { useReport } from '../parts/use-report';
import { DASH } from '../texts/format';
import { fill } from '../texts/texts';
import { limitText, TokenDetails } from './token-details';

const EVERY_MS = 30_000;
const PAGE = 100;
/** Names are looked for once nobody has typed for so long. */
const TYPING_MS = 250;

export function Tokens() {
  const { texts } = useUi();
  const [search, setSearch] = useState('');
  const [found, setFound] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => {
      setFound(search.trim());
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [search]);
  const path = `/-/console/tokens?limit=${String(PAGE)}${found === '' ? '' : `&find=${encodeURIComponent(found)}`}`;
  const report = useReport<TokensReport>(path, { everyMs: EVERY_MS });
  return (
    <>
      <div class="view-head">
        <h1>{texts.tokens.heading}</h1>
        {report.data && <ScopeNote {...report.data} />}
      </div>
      <Card
        title={texts.tokens.heading}
        id="token-list"
        aside={<Search label={texts.common.filter} value={search} onChange={setSearch} />}
      >
        <Loaded report={report} lines={8}>
          {(data) =>
            data.tokens.length > 0 ? (
              <TokenList key={path} first={data} path={path} />
            ) : found === '' ? (
              <Empty title={texts.tokens.empty}>{texts.tokens.emptyHint}</Empty>
            ) : (
              <Empty title={texts.tokens.noMatch} />
            )
          }
        </Loaded>
      </Card>
      <Card title={texts.tokens.make} id="token-make" hint={texts.tokens.commandsHint}>
        <Command text="npm run token -- --name NAME --usd 5/month --rpm 20" what={texts.tokens.make} />
      </Card>
    </>
  );
}

function TokenList({ first, path }: { readonly first: TokensReport; readonly path: string }) {
  const ui = useUi();
  const { texts, format, access } = ui;
  const [more, setMore] = useState<readonly TokensReport[]>([]);
  const columns = useMemo(() => columnsIn(ui), [ui]);
  const last = more.at(-1) ?? first;
  const shown = [first, ...more].flatMap(({ tokens }) => tokens);
  const loadMore = () => {
    fetchJson<TokensReport>(access, `${path}&cursor=${encodeURIComponent(last.cursor ?? '')}`).then(
      (next) => {
        setMore([...more, next]);
      },
      () => undefined, // the button is still there
    );
  };
  return (
    <>
      <DataTable
        label={texts.tokens.heading}
        columns={columns}
        rows={shown}
        keyOf={({ name, id, kind }) => `${kind} ${id ?? name}`}
        details={(row) => <TokenDetails row={row} />}
        detailsLabel={({ name }) => fill(texts.tokens.details, { name })}
        isSortable
      />
      <p class="soft small">
        {fill(texts.common.shown, { shown: format.number(shown.length), total: format.number(first.total) })}
      </p>
      {last.cursor !== null && (
        <button type="button" onClick={loadMore}>
          {texts.common.more}
        </button>
      )}
      {first.truncated && <p class="soft">{texts.tokens.truncated}</p>}
      {first.rest && (
        <p class="notice" id="tokens-rest">
          {fill(texts.tokens.rest, {
            today: format.number(first.rest.today.requests),
            todayCost: format.money(first.rest.today.nano_usd),
            month: format.number(first.rest.month.requests),
            monthCost: format.money(first.rest.month.nano_usd),
          })}
        </p>
      )}
    </>
  );
}

function columnsIn({ texts, format }: Ui): readonly Column<TokenRow>[] {
  const { tokens } = texts;
  const use = (one: Use) => (
    <>
      {format.number(one.requests)}
      <span class="soft"> · {format.money(one.nano_usd)}</span>
    </>
  );
  const now = Date.now();
  return [
    {
      key: 'name',
      title: tokens.name,
      value: ({ name }) => name,
      cell: ({ name, kind }) => (
        <>
          {name} <span class="tag">{tokens.kinds[kind]}</span>
        </>
      ),
    },
    {
      key: 'state',
      title: tokens.state,
      value: ({ state }) => state,
      cell: ({ state }) => (
        <Pill tone={state === 'valid' ? 'good' : state === null ? 'soft' : 'bad'}>
          {tokens.states[state ?? 'unknown']}
        </Pill>
      ),
    },
    {
      key: 'today',
      title: tokens.today,
      isNumber: true,
      value: (row) => row.today.requests,
      cell: (row) => use(row.today),
    },
    {
      key: 'month',
      title: tokens.month,
      isNumber: true,
      value: (row) => row.month.requests,
      cell: (row) => use(row.month),
    },
    {
      key: 'limits',
      title: tokens.limits,
      cell: ({ limits }) =>
        limits.length === 0 ? (
          <span class="soft">{tokens.noLimits}</span>
        ) : (
          limits.map((limit) => (
            <div key={limit.kind}>
              {limit.kind !== 'money' && <span class="soft">{texts.limits[limit.kind]} </span>}
              {limitText(limit, texts, format)}
            </div>
          ))
        ),
    },
    {
      key: 'seen',
      title: tokens.lastSeen,
      value: ({ last_seen_ms, last_day_ms }) => last_seen_ms ?? last_day_ms,
      cell: ({ last_seen_ms, last_day_ms }) =>
        last_seen_ms !== null
          ? format.relative(last_seen_ms, now)
          : last_day_ms === null
            ? DASH
            : format.day(last_day_ms),
    },
    {
      key: 'places',
      title: tokens.places,
      value: ({ networks }) => networks,
      cell: ({ networks, clients }) =>
        networks === null
          ? DASH
          : [
              fill(tokens.networks, { count: format.number(networks) }),
              ...(clients === null ? [] : [fill(tokens.clients, { count: format.number(clients) })]),
            ].join(', '),
    },
  ];
}
