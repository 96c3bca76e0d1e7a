import { useState } from 'preact/hooks';
import { Card, Empty, Loaded } from '../parts/boxes';
import { CopyButton, Search } from '../parts/controls';
import { useUi } from '../parts/ui';
import type { Report } from '../parts/use-report';
import { fill } from '../texts/texts';

/** The body of `/v1/models`, as far as it is read. */
export interface ModelList {
  readonly data?: readonly { readonly id: string; readonly owned_by?: string }[];
}

/** Names in the page at a time: a list may have thousands. */
const SHOWN = 60;

export function Models({ report }: { readonly report: Report<ModelList> }) {
  const { texts, format } = useUi();
  const { account, common } = texts;
  const [search, setSearch] = useState('');
  const [limit, setLimit] = useState(SHOWN);
  return (
    <Card
      title={account.models}
      id="models"
      hint={account.modelsHint}
      aside={<Search label={account.modelsSearch} value={search} onChange={setSearch} />}
    >
      <Loaded report={report} lines={3}>
        {({ data = [] }) => {
          const wanted = search.trim().toLowerCase();
          const found = data.filter(({ id, owned_by }) =>
            `${id} ${owned_by ?? ''}`.toLowerCase().includes(wanted),
          );
          if (found.length === 0)
            return <Empty title={data.length === 0 ? account.modelsNone : account.modelsNoMatch} />;
          return (
            <>
              <ul class="names">
                {found.slice(0, limit).map(({ id }) => (
                  <li key={id}>
                    <CopyButton text={id} what={id} label={id} />
                  </li>
                ))}
              </ul>
              {found.length > limit && (
                <button
                  type="button"
                  onClick={() => {
                    setLimit(limit + SHOWN * 5);
                  }}
                >
                  {common.more} (
                  {fill(common.shown, { shown: format.number(limit), total: format.number(found.length) })})
                </button>
              )}
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}
