import { growthOf } from './growth';
import { makeInput } from './mutate';
import type { Failure, Part } from './plan';
import { minimise } from './minimise';
import { Random, seedOf } from './random';
import { runInput, type FaultKind } from './run-input';
import type { Target } from './target';

/** Inputs of one target whose growth is measured, and from which ratio it is measured again: 4 is quadratic. It is reported only. */
const GROWTH_EVERY = 250;
const MAX_GROWTHS = 400;
const MAX_RATIO = 3.5;
const TURN_EVERY = 256;
/** Failures of one kind and target that are reported in full. */
const MAX_REPORTED = 3;

interface Options {
  readonly seed: number;
  readonly from: number;
  readonly inputs: number;
  /** Called before each run, with the number of the input. */
  readonly onBegin: (index: number) => void;
  readonly onFailure: (failure: Failure) => void;
}

/** Runs the inputs of one target from a number on. */
export async function runPortion(target: Target, options: Options): Promise<Part> {
  const found: Record<FaultKind, number> = { crash: 0, hang: 0, difference: 0 };
  const { seed, from, inputs, onFailure } = options;
  const startedMs = performance.now();
  let slowestMs = 0;
  let growth: number | undefined;
  let growthMs = 0;
  const report = async (
    kind: FaultKind,
    message: string,
    its: { readonly index: number; readonly seed: number; readonly input: string },
  ) => {
    found[kind]++;
    if (found[kind] > MAX_REPORTED) return;
    const stillFails = async (candidate: string) => {
      options.onBegin(its.index);
      return (await runInput(target, candidate, its.seed)).fault?.kind === kind;
    };
    const input = kind === 'hang' ? its.input : await minimise(its.input, stillFails);
    const { fault } = kind === 'hang' ? { fault: undefined } : await runInput(target, input, its.seed);
    onFailure({ target: target.name, kind, message: fault?.message ?? message, seed: its.seed, input });
  };
  for (let index = from; index < inputs; index++) {
    options.onBegin(index);
    if (index % TURN_EVERY === 0) await new Promise(setImmediate); // so that reports are sent
    const own = seedOf(seed, target.name, index);
    const input = makeInput(target, new Random(own));
    let { fault, ms } = await runInput(target, input, own);
    // A machine that is busy with something else is no hang.
    if (fault?.kind === 'hang') ({ fault, ms } = await runInput(target, input, own));
    slowestMs = Math.max(slowestMs, ms);
    if (fault) await report(fault.kind, fault.message, { index, seed: own, input });
    if (index % GROWTH_EVERY !== 0 || index / GROWTH_EVERY >= MAX_GROWTHS) continue;
    const growthStartedMs = performance.now();
    let grown = await growthOf(target, input, own);
    for (let again = 0; again < 3 && grown && grown.ratio > MAX_RATIO; again++)
      grown = await growthOf(target, input, own);
    growthMs += performance.now() - growthStartedMs;
    if (!grown) continue;
    growth = Math.max(growth ?? 0, grown.ratio);
  }
  return {
    target: target.name,
    inputs: inputs - from,
    crashes: found.crash,
    hangs: found.hang,
    differences: found.difference,
    ms: performance.now() - startedMs - growthMs,
    slowestMs,
    growth,
  };
}
