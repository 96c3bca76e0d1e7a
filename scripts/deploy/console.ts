/** Tencent has two sites: accounts, consoles and API endpoints of one are not those of the other. */
export type Site = 'mainland' | 'international';

const CONSOLES: Readonly<Record<Site, string>> = {
  mainland: 'https://console.cloud.tencent.com',
  international: 'https://console.tencentcloud.com',
};

/** What TENCENT_ENDPOINT may be set to. */
export const INTERNATIONAL_ENDPOINT = 'intl';

/** SCF's API for international accounts; the client itself knows the other one. */
export const INTERNATIONAL_HOST = 'scf.intl.tencentcloudapi.com';

/** A page of the console. Which site an account belongs to is only known if TENCENT_ENDPOINT says so. */
export function consolePage(page: string, site?: Site): string {
  if (site === 'international') return `${CONSOLES.international}${page}`;
  return `${CONSOLES.mainland}${page} (international accounts: ${CONSOLES.international}${page})`;
}
