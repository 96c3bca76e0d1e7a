import { items, type ParseResult } from './basic';

/** A provider of a chain of MODEL_ROUTES, unresolved. */
export interface ChainEntry {
  readonly provider: string;
  /** The model's name at that provider; `undefined` if it is the same. */
  readonly model: string | undefined;
  /** Its share of the requests of its step. */
  readonly weight: number;
}

/** One entry of MODEL_ROUTES, unresolved. */
export interface ModelRouteEntry {
  /** A model's name; `*` stands for any characters but a slash. */
  readonly pattern: string;
  readonly provider: string;
  /** The model's name at that provider; `undefined` if it is the same. */
  readonly model: string | undefined;
  /** Of a chain: the providers, of which `provider` is the first; those of a later step stand in for those of an earlier one. */
  readonly steps?: readonly (readonly ChainEntry[])[];
}

/** One request must not become many. */
const MAX_CHAIN = 8;
const MAX_WEIGHT = 100;

const ROUTES_PROBLEM =
  'must be a comma-separated list of model=provider, alias=provider/model or a chain of these (alias=provider/model > provider/model), without spaces in a name; only the model on the left may have a "*".';
const WEIGHT_PROBLEM = `has a weight (provider/model*3) that is not a whole number from 1 to ${MAX_WEIGHT}, or that belongs to a provider which shares its step of a chain with no other (a*3 | b).`;
const LENGTH_PROBLEM = `has a chain of more than ${MAX_CHAIN} providers, all of which one request may be sent to.`;

/** `pattern=provider`, `alias=provider/model`, `alias=provider/model*3 | provider/model > provider/model`. */
export function modelRoutes(text: string): ParseResult<readonly ModelRouteEntry[]> {
  const routes: ModelRouteEntry[] = [];
  for (const item of items(text, /[,\n]/)) {
    const [, pattern = '', target = ''] = /^([^=\s]+)=(.*)$/s.exec(item) ?? [];
    const steps = stepsIn(target);
    const [first, ...others] = steps?.flat() ?? [];
    if (pattern === '' || !steps || !first) return { problem: ROUTES_PROBLEM };
    if (!steps.every((step) => step.every((entry) => isWeighed(entry, step))))
      return { problem: WEIGHT_PROBLEM };
    if (others.length >= MAX_CHAIN) return { problem: LENGTH_PROBLEM };
    const chain = steps.map((step) => step.map((entry) => ({ ...entry, weight: entry.weight ?? 1 })));
    const { provider, model } = first;
    routes.push({ pattern, provider, model, ...(others.length > 0 && { steps: chain }) });
  }
  return { value: routes };
}

type WrittenEntry = Omit<ChainEntry, 'weight'> & { readonly weight: number | undefined };

/** `provider`, `provider/model`, each with `*3` or without; `undefined` if it is none of these. */
function chainEntry(text: string): WrittenEntry | undefined {
  const [, provider, model, weight] =
    /^([a-z][a-z0-9]*)(?:\/([^\s*"\\]+))?(?:\*(\d{1,15}))?$/.exec(text.trim()) ?? [];
  return provider === undefined
    ? undefined
    : { provider, model, weight: weight === undefined ? undefined : Number(weight) };
}

/** `undefined` if any of them is none. */
function stepsIn(target: string): readonly (readonly WrittenEntry[])[] | undefined {
  const steps = target.split('>').map((step) => step.split('|').map(chainEntry));
  const complete = steps.map((step) => step.filter((entry) => entry !== undefined));
  return steps.every((step) => step.every((entry) => entry !== undefined)) ? complete : undefined;
}

function isWeighed({ weight }: WrittenEntry, step: readonly WrittenEntry[]): boolean {
  return weight === undefined || (step.length > 1 && weight >= 1 && weight <= MAX_WEIGHT);
}
