import type { LimitRow, TokenRow } from '../../console/report';
import { Meter } from '../parts/boxes';
import { Command } from '../parts/controls';
import { useUi } from '../parts/ui';
import type { AppTexts } from '../texts/en';
import type { Format } from '../texts/format';
import { fill } from '../texts/texts';

/** `3 of 20`, or `$4.60 of $5.00 a month`. */
export function limitText({ kind, used, limit, period }: LimitRow, texts: AppTexts, format: Format): string {
  const value = kind === 'money' ? format.money : format.compact;
  const text = fill(texts.common.of, { used: value(used), limit: value(limit) });
  return period === null ? text : `${text} ${texts.limits[period]}`;
}

/** All of one token, and the commands for it. */
export function TokenDetails({ row }: { readonly row: TokenRow }) {
  const { texts, format } = useUi();
  const { tokens } = texts;
  const { name, id, kind, limits, models, providers, issued_at_ms, expires_at_ms } = row;
  const facts = [
    ...(id === null ? [] : [id]),
    ...(issued_at_ms === null ? [] : [fill(tokens.issued, { time: format.moment(issued_at_ms) })]),
    ...(expires_at_ms === null ? [] : [fill(tokens.expires, { time: format.moment(expires_at_ms) })]),
    ...(models === null ? [] : [fill(texts.account.onlyModels, { list: format.list(models) })]),
    ...(providers === null ? [] : [fill(texts.account.onlyProviders, { list: format.list(providers) })]),
  ];
  return (
    <div class="detail-grid">
      <div>
        {limits.map((limit) => (
          <Meter
            key={limit.kind}
            label={texts.limits[limit.kind]}
            used={limit.used}
            limit={limit.limit}
            text={limitText(limit, texts, format)}
          />
        ))}
        {facts.map((fact) => (
          <p key={fact} class="soft">
            {fact}
          </p>
        ))}
      </div>
      <div>
        <h3>{tokens.commands}</h3>
        {kind === 'static' ? (
          <p class="soft">{tokens.revokeStatic}</p>
        ) : (
          <Command text={`npm run token -- revoke ${quoted(id ?? name)}`} what={tokens.revoke} />
        )}
        <Command text={`npm run token -- --name ${quoted(name)} --usd 5/month`} what={tokens.change} />
      </div>
    </div>
  );
}

/** For a shell: a token's name comes from whoever has made it. */
function quoted(text: string): string {
  return /^[\w.~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
