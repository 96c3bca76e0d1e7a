import type { Target } from './target';

/** How many inputs a target gets. */
export interface Portion {
  readonly target: string;
  readonly inputs: number;
}

/** Divides the inputs among targets by their shares; each gets one at least. */
export function divide(
  inputs: number,
  targets: readonly Pick<Target, 'name' | 'share'>[],
): readonly Portion[] {
  const all = targets.reduce((sum, { share = 1 }) => sum + share, 0);
  return targets.map(({ name, share = 1 }) => ({
    target: name,
    inputs: Math.max(1, Math.ceil((inputs * share) / all)),
  }));
}

/** Where a run goes on, or begins. */
export interface Position {
  /** The number of the portion. */
  readonly portion: number;
  readonly index: number;
}

/** A position as bytes, always as many. @param runs changes with each run, also if the position does not */
export function writePosition({ portion, index }: Position, runs = 0): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32LE(portion, 0);
  bytes.writeUInt32LE(index, 4);
  bytes.writeUInt32LE(runs, 8);
  return bytes;
}

/** The opposite. */
export function readPosition(bytes: Buffer): Position {
  return { portion: bytes.readUInt32LE(0), index: bytes.readUInt32LE(4) };
}

/** The first message to the process that runs the inputs. */
export interface Work {
  readonly portions: readonly Portion[];
  readonly seed: number;
  readonly from: Position;
  /** Where it writes where it is, so that a hang is noticed from outside and its input can be made again. */
  readonly positionFile: string;
}

/** An input that has failed, as short as it could be made. */
export interface Failure {
  readonly target: string;
  readonly kind: 'crash' | 'hang' | 'difference';
  readonly message: string;
  /** Of what is random beside the input. */
  readonly seed: number;
  readonly input: string;
}

/** What came of a part of a target's inputs. */
export interface Part {
  readonly target: string;
  readonly inputs: number;
  readonly crashes: number;
  readonly hangs: number;
  readonly differences: number;
  readonly ms: number;
  readonly slowestMs: number;
  /** Of an input of twice the length, in time; `undefined` if all are too quick to tell. */
  readonly growth: number | undefined;
}

/** What that process sends. */
export type Report = { readonly failure: Failure } | { readonly part: Part };
