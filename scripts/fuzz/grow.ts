import type { Coverage } from './coverage';
import { minimise } from './minimise';
import { makeInput } from './mutate';
import { Random, seedOf } from './random';
import { runInput, type Fault } from './run-input';
import type { Target } from './target';

/** Inputs after which the coverage is read: that takes as long as running them. */
const BATCH = 64;
/** A corpus is read by people as well. */
const MAX_FOUND = 80;
const MAX_LENGTH = 500;
/** For one input to be made shorter: each try reads the coverage twice. */
const SHORTEN_MS = 1_500;

interface FoundFault {
  readonly fault: Fault;
  readonly input: string;
  readonly seed: number;
}

/** What a search has found. */
export interface Grown {
  /** Inputs that reach code that none before them reached, each as short as it could be made. */
  readonly found: readonly string[];
  readonly faults: readonly FoundFault[];
  /** Blocks that the corpus reached, and those that it reaches with what was found. */
  readonly blocksBefore: number;
  readonly blocks: number;
}

/** Searches, by coverage, for inputs that reach what the corpus does not; what is found is varied in its turn. */
export async function grow(
  target: Target,
  { inputs, seed, coverage }: { readonly inputs: number; readonly seed: number; readonly coverage: Coverage },
): Promise<Grown> {
  const seen = new Set<string>();
  const found: string[] = [];
  const faults: FoundFault[] = [];
  const run = async (input: string, its: number) => {
    const { fault } = await runInput(target, input, its);
    if (fault) faults.push({ fault, input, seed: its });
  };
  const takeNew = () => coverage.take().filter((block) => !seen.has(block));
  for (const input of target.corpus) await run(input, seed);
  takeNew().forEach((block) => seen.add(block));
  const blocksBefore = seen.size;

  /** Keeps an input, without what its new blocks do not need. */
  const keep = async (input: string, its: number, blocks: readonly string[]) => {
    const reaches = async (candidate: string) => {
      coverage.take();
      await runInput(target, candidate, its);
      const reached = new Set(coverage.take());
      return blocks.every((block) => reached.has(block));
    };
    blocks.forEach((block) => seen.add(block));
    const short = await minimise(input, reaches, SHORTEN_MS);
    if (short.length <= MAX_LENGTH && found.length < MAX_FOUND) found.push(short);
  };

  for (let from = 0; from < inputs && found.length < MAX_FOUND; from += BATCH) {
    const sources = { ...target, corpus: [...target.corpus, ...found] };
    const batch = Array.from({ length: Math.min(BATCH, inputs - from) }, (_, at) => {
      const its = seedOf(seed, target.name, from + at);
      return { its, input: makeInput(sources, new Random(its)) };
    });
    for (const { its, input } of batch) await run(input, its);
    if (takeNew().length === 0) continue;
    for (const { its, input } of batch) {
      coverage.take();
      await runInput(target, input, its); // its fault, if it has one, is known
      const blocks = takeNew();
      if (blocks.length > 0) await keep(input, its, blocks);
    }
    coverage.take();
  }
  return { found, faults, blocksBefore, blocks: seen.size };
}
