/**
 * The countries that a provider serves and refuses, as ISO 3166-1 codes. Both providers publish the countries they serve
 * and say that no other is supported; a country in neither list could not be determined from their pages.
 * - https://help.openai.com/en/articles/5347006-openai-api-supported-countries-and-territories
 * - https://docs.anthropic.com/en/api/supported-regions, https://www.anthropic.com/supported-countries
 */
export interface Countries {
  readonly served: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
}

export const SERVED_BY_BOTH = `
  AD AE AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BZ CA CG CH CI CL CM CO CR CV CY CZ DE DJ
  DK DM DO DZ EC EE EG ES FI FJ FM FR GA GB GD GE GH GM GN GQ GR GT GW GY HN HR HT HU ID IE IL IN IQ IS IT JM JO JP KE
  KG KH KI KM KN KR KW KZ LA LB LC LI LK LR LS LT LU LV MA MC MD ME MG MH MK MN MR MT MU MV MW MX MY MZ NA NE NG NL NO
  NP NR NZ OM PA PE PG PH PK PL PS PT PW PY QA RO RS RW SA SB SC SE SG SI SK SL SM SN SR ST SV SZ TD TG TH TJ TL TM TN
  TO TR TT TV TW TZ UA UG US UY UZ VA VC VN VU WS ZA ZM ZW`;

export const REFUSED_BY_BOTH = 'BY CN CU HK IR KP MO RU SY VE';

export function countries(lists: { readonly served: string; readonly refused: string }): Countries {
  return { served: codes(lists.served), refused: codes(lists.refused) };
}

function codes(list: string): ReadonlySet<string> {
  return new Set(list.match(/[A-Z]{2}/g));
}
