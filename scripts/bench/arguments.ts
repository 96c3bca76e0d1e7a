import { parseArgs } from 'node:util';
import type { Extent } from './scenarios/scenario';

export const USAGE = `npm run bench -- [options]

  --quick            a subset: ours and the bare pipe, less of everything; takes under two minutes
  --rounds N         how often everything is measured (5; with --quick, 2)
  --only a,b         only these scenarios; "chat" stands for all that begin with chat-
  --peers a,b        only these proxies beside the bare pipe; "ours" stands for both of ours
  --package FOLDER   measure a package that is built already, such as dist/scf
  --before FOLDER    measure another package as well, with everything on, such as that of an earlier commit
  --write            write the results into scripts/bench: README.md, latest.json, latest.svg, summary.svg
  --help             this text`;

export interface Arguments {
  readonly extent: Extent;
  readonly rounds: number;
  readonly scenarios: readonly string[];
  readonly peers: readonly string[];
  readonly package?: string;
  readonly before?: string;
  readonly writes: boolean;
}

/** The names that the options accept. */
export interface Known {
  readonly scenarios: readonly { readonly name: string; readonly inQuick: boolean }[];
  readonly peers: readonly string[];
  /** The peer that is always measured. */
  readonly base: string;
  /** The peers that `ours` stands for. */
  readonly ours: readonly string[];
}

/**
 * @returns `'help'` for `--help`
 * @throws Error that names the invalid option or value
 */
export function readArguments(args: readonly string[], known: Known): Arguments | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string' },
      peers: { type: 'string' },
      package: { type: 'string' },
      before: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const rounds = values.rounds ?? (values.quick ? '2' : '5');
  if (!/^[1-9]\d{0,2}$/.test(rounds)) throw new Error('--rounds must be a number from 1 to 999.');
  const usual = known.scenarios.filter(({ inQuick }) => inQuick || !values.quick).map(({ name }) => name);
  const scenarioNames = known.scenarios.map(({ name }) => name);
  const peers = values.peers ?? (values.quick ? 'ours' : known.peers.join(','));
  return {
    extent: values.quick ? 'quick' : 'full',
    rounds: Number(rounds),
    scenarios: values.only === undefined ? usual : chosen('--only', values.only, scenarioNames, isOrIsIn),
    peers: chosen(
      '--peers',
      `${peers},${known.base}`,
      known.peers,
      (name, asked) => name === asked || (asked === 'ours' && known.ours.includes(name)),
    ),
    ...(values.package === undefined ? {} : { package: values.package }),
    ...(values.before === undefined ? {} : { before: values.before }),
    writes: values.write,
  };
}

/** `chat-32` matches itself and `chat`. */
function isOrIsIn(name: string, asked: string): boolean {
  return name === asked || name.startsWith(`${asked}-`);
}

function chosen(
  option: string,
  list: string,
  names: readonly string[],
  matches: (name: string, asked: string) => boolean,
): string[] {
  const asked = list.split(',').map((part) => part.trim());
  for (const part of asked) {
    if (!names.some((name) => matches(name, part)))
      throw new Error(`${option} has "${part}", which must be one of: ${names.join(', ')}.`);
  }
  return names.filter((name) => asked.some((part) => matches(name, part)));
}
