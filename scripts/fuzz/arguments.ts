import { parseArgs } from 'node:util';

export const USAGE = `npm run fuzz -- [options]

  --inputs N   how many inputs in all (200,000)
  --only a,b   only these targets
  --seed S     of the random inputs (1); the same seed makes the same inputs
  --grow       searches, by coverage, for inputs that reach more of the code, and adds them to scripts/fuzz/corpus
  --file FILE  runs the input again that a run has written there
  --list       the targets
  --help       this text`;

export interface Arguments {
  readonly inputs: number;
  readonly seed: number;
  readonly only: readonly string[] | undefined;
  readonly grows: boolean;
  readonly file: string | undefined;
}

const MAX_SEED = 2 ** 31;

/**
 * @param names of the targets
 * @throws Error that names the invalid option or value
 */
export function readArguments(
  args: readonly string[],
  names: readonly string[],
): Arguments | 'help' | 'list' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      inputs: { type: 'string', default: '200000' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      grow: { type: 'boolean', default: false },
      file: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.list) return 'list';
  const only = values.only?.split(',').map((name) => name.trim());
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new Error(`--only has "${unknown}", which must be one of: ${names.join(', ')}.`);
  return {
    inputs: wholeNumber('--inputs', values.inputs, 1_000_000_000),
    seed: wholeNumber('--seed', values.seed, MAX_SEED),
    only,
    grows: values.grow,
    file: values.file,
  };
}

function wholeNumber(option: string, text: string, max: number): number {
  const number = /^[1-9]\d{0,9}$/.test(text.replaceAll(',', '')) ? Number(text.replaceAll(',', '')) : NaN;
  if (!(number <= max)) throw new Error(`${option} must be a whole number from 1 to ${max}.`);
  return number;
}
