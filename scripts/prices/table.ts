import { PriceList } from '../../src/prices/price-list';
import { parseRates } from '../../src/prices/rates';
import { patternsOf, textOf } from './entries';
import { PACKAGE, type Source } from './source';

/** Our providers, and their names in the source. OpenRouter reports its own prices; the others are not in the source. */
export const PROVIDERS: Readonly<Record<string, string>> = {
  anthropic: 'anthropic',
  deepseek: 'deepseek',
  gemini: 'google',
  groq: 'groq',
  minimax: 'minimax',
  mistral: 'mistral',
  moonshot: 'moonshotai',
  openai: 'openai',
  together: 'together',
  xai: 'x-ai',
  zhipu: 'zhipuai',
};
/** Models that a provider's own API does not have: those of Vertex, names of OpenRouter. */
const ELSEWHERE: Readonly<Record<string, RegExp>> = { gemini: /claude|\//, xai: /\// };
/** Names that no API has had for years, so that the table stays small. */
const OBSOLETE =
  /^(?:ada|babbage|curie|davinci|text-(?:ada|babbage|curie|davinci)|claude-(?:v|2)|computer-use|gpt-4-32k|gpt-35-turbo-16k)|(?:llama-?2-|vicuna|alpaca|redpajama|olmo-7b|gemma-[27]b|qwen1\.5|codellama|wizardlm-13b|chronos|mythomax|openchat|platypus|phi-2|stripedhyena|hermes|yi-|solar|remm-|toppy|nexusraven|snorkel|gpt-jt|mistral-7b-(?:v|open|instruct-v0\.[12])|llama2-)/;

export interface PriceTable {
  readonly source: { readonly name: string; readonly version: string; readonly date: string };
  /** By provider, by patterns with a space between. */
  readonly providers: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** @param date when the source was published, `2026-09-23` */
export function tableOf(source: Source, date: string): PriceTable {
  const providers = Object.entries(PROVIDERS).map(([provider, id]) => [
    provider,
    entriesOf(source, provider, id),
  ]);
  return {
    source: { name: PACKAGE, version: source.version, date },
    providers: Object.fromEntries(providers) as PriceTable['providers'],
  };
}

function entriesOf(source: Source, provider: string, id: string): Readonly<Record<string, string>> {
  /** The first model that has a name keeps it, as in the source; one that tokens do not price has ''. */
  const byPattern = new Map<string, string>();
  for (const model of source.models(id)) {
    const text = textOf(model) ?? '';
    for (const pattern of patternsOf(model.match)) {
      if (OBSOLETE.test(pattern)) continue;
      if (!(ELSEWHERE[provider]?.test(pattern) ?? false) && !byPattern.has(pattern))
        byPattern.set(pattern, text);
    }
  }
  for (const pattern of [...byPattern.keys()].sort((one, other) => other.length - one.length)) {
    if (isImplied(pattern, byPattern)) byPattern.delete(pattern);
  }
  const byText = new Map<string, string[]>();
  for (const [pattern, text] of byPattern) byText.set(text, [...(byText.get(text) ?? []), pattern]);
  const entries = [...byText].map(([text, patterns]) => [patterns.sort().join(' '), text] as const);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Whether a name is found without an entry of its own, and with the same price: most dated names are. */
function isImplied(pattern: string, byPattern: ReadonlyMap<string, string>): boolean {
  const text = byPattern.get(pattern) ?? '';
  const rest = new Map(byPattern);
  rest.delete(pattern);
  const found = new PriceList(Object.fromEntries(rest)).find(pattern.replace(/\*$/, '-x'));
  if (text === '') return found === undefined || found.length === 0;
  return JSON.stringify(found) === JSON.stringify(parseRates(text)) && !pattern.endsWith('*');
}
