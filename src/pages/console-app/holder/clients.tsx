import { useState } from 'preact/hooks';
import { clientLinks } from '../../index-page/client-links';
import { clientSettings, snippets } from '../../index-page/clients';
import { TEXTS } from '../../index-page/texts';
import { Card, Empty } from '../parts/boxes';
import { Command, CopyButton, Search } from '../parts/controls';
import { DataTable } from '../parts/data-table';
import type { Column } from '../parts/rows';
import { useUi } from '../parts/ui';
import { fill } from '../texts/texts';

/** What is seen before somebody asks for all. */
const FIRST = { settings: 8, snippets: 4 } as const;

type Setting = readonly [client: string, setting: string, url: string];

/** The settings of every client, with the token in them if there is one. */
export function Clients({ token }: { readonly token: string | undefined }) {
  const { texts, format, language, baseUrl, page } = useUi();
  const { clients } = texts;
  const [search, setSearch] = useState('');
  const [seesAll, setSeesAll] = useState({ settings: false, snippets: false });
  const wanted = search.trim().toLowerCase();
  const settings = clientSettings(baseUrl, TEXTS[language]).filter(([client]) =>
    client.toLowerCase().includes(wanted),
  );
  const pasted = snippets(baseUrl, { yourKey: token ?? TEXTS[language].yourKey }).filter(([title]) =>
    title.toLowerCase().includes(wanted),
  );
  const isWhole = (list: keyof typeof FIRST) => seesAll[list] || wanted !== '';
  const showAll = (list: keyof typeof FIRST, count: number) =>
    !isWhole(list) &&
    count > FIRST[list] && (
      <button
        type="button"
        class="all"
        onClick={() => {
          setSeesAll({ ...seesAll, [list]: true });
        }}
      >
        {fill(clients.all, { count: format.number(count) })}
      </button>
    );
  const columns: readonly Column<Setting>[] = [
    { key: 'client', title: clients.client, cell: ([client]) => client },
    { key: 'setting', title: clients.setting, cell: ([, setting]) => setting },
    {
      key: 'value',
      title: clients.value,
      cell: ([client, setting, url]) => (
        <div class="value">
          <code>{url}</code>
          <CopyButton text={url} what={`${client}, ${setting}`} />
        </div>
      ),
    },
  ];
  return (
    <>
      {token !== undefined && <OneClick token={token} />}
      <Card
        title={clients.heading}
        id="clients"
        hint={token === undefined ? clients.hint : clients.hintToken}
        aside={<Search label={clients.search} value={search} onChange={setSearch} />}
      >
        {settings.length === 0 ? (
          <Empty title={fill(clients.noMatch, { url: `${baseUrl}/v1` })} />
        ) : (
          <DataTable
            label={clients.heading}
            columns={columns}
            rows={isWhole('settings') ? settings : settings.slice(0, FIRST.settings)}
            keyOf={([client, setting]) => `${client} ${setting}`}
          />
        )}
        {showAll('settings', settings.length)}
      </Card>
      {pasted.length > 0 && (
        <Card title={clients.paste} id="paste" hint={clients.pasteHint}>
          <div class="snippets">
            {(isWhole('snippets') ? pasted : pasted.slice(0, FIRST.snippets)).map(([title, text]) => (
              <div key={title}>
                <h3>{title}</h3>
                <Command text={text} what={title} />
              </div>
            ))}
          </div>
          {showAll('snippets', pasted.length)}
        </Card>
      )}
      <Card title={clients.others} id="others" hint={clients.othersHint}>
        <ul class="names">
          {page.providers.map((name) => (
            <li key={name}>
              <CopyButton text={`${baseUrl}/${name}/v1`} what={name} label={name} />
            </li>
          ))}
        </ul>
      </Card>
    </>
  );
}

function OneClick({ token }: { readonly token: string }) {
  const { texts, baseUrl } = useUi();
  const { clients } = texts;
  return (
    <Card title={clients.oneClick} id="one-click" hint={clients.oneClickHint}>
      <ul class="names">
        {clientLinks(baseUrl, token).map(({ client, url }) => (
          <li key={client}>
            <a
              class="button"
              href={url}
              rel="noreferrer"
              target={url.startsWith('https:') ? '_blank' : undefined}
            >
              {client}
            </a>
          </li>
        ))}
      </ul>
    </Card>
  );
}
