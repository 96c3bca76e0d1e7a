import { Random } from './random';
import { Difference, type Target } from './target';

export type FaultKind = 'crash' | 'hang' | 'difference';

/** What an input has shown; `undefined` for nothing. */
export interface Fault {
  readonly kind: FaultKind;
  readonly message: string;
}

/** Longer, and it counts as a hang: no real input takes a hundredth of it. */
const HANG_MS = 1_000;

/** How one input went. */
export interface Outcome {
  readonly fault: Fault | undefined;
  /** What the code itself took. */
  readonly ms: number;
}

/** Runs one input and compares its result. @param seed of what is random in it */
export async function runInput(target: Target, input: string, seed: number): Promise<Outcome> {
  const startedMs = performance.now();
  let ms = 0;
  const measured = () => (ms = performance.now() - startedMs);
  try {
    const running = target.subject(input, new Random(seed));
    const result: unknown = running instanceof Promise ? await running : running;
    measured();
    const comparing = target.compare?.(input, result, new Random(seed));
    if (comparing) await comparing;
  } catch (error) {
    if (ms === 0) measured();
    const fault = faultOf(target, input, error);
    if (fault) return { fault, ms };
  }
  if (ms < HANG_MS) return { fault: undefined, ms };
  return { fault: { kind: 'hang', message: `took ${Math.round(ms)} ms` }, ms };
}

function faultOf(target: Target, input: string, error: unknown): Fault | undefined {
  if (error instanceof Difference) return { kind: 'difference', message: error.message };
  if (!target.isDocumented?.(error))
    return {
      kind: 'crash',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  try {
    target.compareError?.(input, error);
    return undefined;
  } catch (difference) {
    const message = difference instanceof Error ? difference.message : String(difference);
    return { kind: difference instanceof Difference ? 'difference' : 'crash', message };
  }
}
