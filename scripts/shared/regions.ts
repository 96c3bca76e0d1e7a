/** SCF's regions that both providers serve. */
export const ALLOWED_REGIONS = [
  'ap-singapore',
  'ap-tokyo',
  'ap-seoul',
  'ap-jakarta',
  'ap-bangkok',
  'na-siliconvalley',
  'na-ashburn',
  'eu-frankfurt',
  'sa-saopaulo',
] as const;

/** Of those, the ones in which nobody has been seen to run a function with a public URL. */
const UNCONFIRMED_REGIONS: readonly string[] = ['sa-saopaulo'];

/** The allowed regions for a message, without one that was tried already. */
export function listRegions(except?: string): string {
  return ALLOWED_REGIONS.filter((region) => region !== except)
    .map((region) => (UNCONFIRMED_REGIONS.includes(region) ? `${region} (unconfirmed)` : region))
    .join(', ');
}

/** SCF's regions from which OpenAI and Anthropic reject requests. */
export const REFUSED_REGIONS = [
  'ap-hongkong',
  'ap-beijing',
  'ap-chengdu',
  'ap-chongqing',
  'ap-guangzhou',
  'ap-nanjing',
  'ap-shanghai',
  'ap-shanghai-fsi',
  'ap-shenzhen',
  'ap-shenzhen-fsi',
] as const;
