/** SCF's price of a GB of outbound traffic in USD, by region: https://www.tencentcloud.com/document/product/583/12281. */
export const TRAFFIC_USD_PER_GB = {
  'ap-singapore': 0.1203,
  'ap-jakarta': 0.1203,
  'ap-seoul': 0.1203,
  'ap-tokyo': 0.1203,
  'eu-frankfurt': 0.1203,
  'ap-hongkong': 0.1504,
  'ap-bangkok': 0.0752,
  'na-siliconvalley': 0.0752,
  'na-ashburn': 0.0752,
} as const;

/** `undefined` if the price of a region is not known. */
export function trafficPrice(region: string): number | undefined {
  return (TRAFFIC_USD_PER_GB as Readonly<Record<string, number>>)[region];
}
