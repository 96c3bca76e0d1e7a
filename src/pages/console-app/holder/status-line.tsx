import type { OwnStatus } from '../../console/report';
import { useUi } from '../parts/ui';
import { useReport } from '../parts/use-report';
import { fill } from '../texts/texts';

const EVERY_MS = 30_000;

/** In a line, whether it is the token, the proxy or a provider: `ap-singapore · openai sees SG · 3 of 4 keys ready · …`. */
export function StatusLine() {
  const { texts, format } = useUi();
  const { account } = texts;
  const { data } = useReport<OwnStatus>('/-/me/status', { everyMs: EVERY_MS });
  const parts: (readonly [key: string, text: string, isBad: boolean])[] = [];
  if (data) {
    if (data.region !== null) parts.push(['region', data.region, false]);
    for (const { name, country, verdict } of data.providers) {
      if (country === null) continue;
      const text = verdict === 'refused' ? account.statusRefused : account.statusSees;
      parts.push([`sees ${name}`, fill(text, { provider: name, country }), verdict === 'refused']);
    }
    const [ready, total] = data.providers.reduce(
      ([some, all], { keys_ready, keys_total }) => [some + keys_ready, all + keys_total],
      [0, 0],
    );
    if (total > 0) {
      const text = fill(account.statusKeys, { ready: format.number(ready), total: format.number(total) });
      parts.push(['keys', text, ready === 0]);
    }
    const { p50_ms } = data.first_token;
    if (p50_ms !== null)
      parts.push(['first', fill(account.statusFirst, { time: format.duration(p50_ms) }), false]);
  }
  return (
    <p class="status-line" aria-label={account.status}>
      {parts.map(([key, text, isBad]) => (
        <span key={key} class={isBad ? 'bad' : ''}>
          {text}
        </span>
      ))}
    </p>
  );
}
