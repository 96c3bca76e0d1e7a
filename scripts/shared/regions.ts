/** SCF's regions that both providers serve. */
export const ALLOWED_REGIONS = [
  'ap-singapore',
  'ap-tokyo',
  'ap-seoul',
  'ap-jakarta',
  'na-siliconvalley',
  'na-ashburn',
  'eu-frankfurt',
  'sa-saopaulo',
] as const;

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
