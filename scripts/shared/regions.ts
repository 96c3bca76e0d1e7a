/** Where SCF runs and both providers answer. */
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

/** Egress from these is refused by OpenAI and Anthropic. */
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
