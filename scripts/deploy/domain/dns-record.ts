import { resolveCname } from 'node:dns/promises';
import { consolePage, type Site } from '../console';
import type { Terminal } from '../terminal';

/** The DNS record that a custom domain needs. */
export interface DnsRecord {
  readonly domain: string;
  readonly region: string;
  /** The account's number, which is the first part of the target; `undefined` if it is not known yet. */
  readonly appId: string | undefined;
}

export type ResolveCname = (domain: string) => Promise<readonly string[]>;

/** The account's number in a Function URL, `https://APPID-ID.REGION.tencentscf.com`. */
export function appIdIn(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  return /^(\d+)-[^.]+\.[^.]+\.tencentscf\.com$/.exec(new URL(url).hostname)?.[1];
}

/** The account's number: as the environment has it, or from the function's URL. */
export function appIdFrom(configured: string | undefined, url: string | undefined): string | undefined {
  return /^\d+$/.test(configured ?? '') ? configured : appIdIn(url);
}

/** The host name that the domain must be a CNAME of. */
export function targetOf({ appId, region }: DnsRecord): string {
  return `${appId ?? 'APPID'}.${region}.tencentscf.com`;
}

/**
 * Prints the record if DNS does not show it. DNS may also hide a record that is there (a proxy in front, a flattened
 * apex), so this decides nothing: SCF itself says whether it sees the record.
 */
export async function announceRecord(
  record: DnsRecord,
  {
    terminal,
    site,
    resolve = resolveCname,
  }: {
    readonly terminal: Terminal;
    readonly site: Site | undefined;
    readonly resolve?: ResolveCname | undefined;
  },
): Promise<void> {
  const target = targetOf(record);
  // A name without a CNAME and one that does not exist are the same here: the record has to be added.
  const names = await resolve(record.domain).catch(() => []);
  const shown = names.map((name) => name.toLowerCase().replace(/\.$/, ''));
  if (record.appId !== undefined && shown.includes(target)) return;
  const now = shown.length > 0 ? `, which leads to ${shown.join(', ')} now` : '';
  terminal.say(`The custom domain ${record.domain} needs this DNS record${now}:`);
  terminal.say(`  ${record.domain}  CNAME  ${target}`);
  if (record.appId === undefined)
    terminal.say(
      `  APPID is the number of your account: at ${consolePage('/developer', site)}, and the number at the beginning of the public URL. With TENCENT_APP_ID in .env it is printed here.`,
    );
}
