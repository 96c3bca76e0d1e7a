/** One sample of a page of metrics. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  /** By name. */
  readonly types: ReadonlyMap<string, string>;
  readonly helps: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
}

/**
 * Reads Prometheus's text format by its grammar, https://prometheus.io/docs/instrumenting/exposition_formats/.
 * @throws Error with the first line that is not of it
 */
export function parseExposition(text: string): Exposition {
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  const samples: Sample[] = [];
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.*)$/.exec(line) ?? [];
    const known = kind === 'TYPE' ? types : helps;
    if (kind === undefined) samples.push(sampleIn(line));
    else if (known.has(name)) throw new Error(`there twice: ${line}`);
    else known.set(name, rest);
  }
  const keys = samples.map(({ name, labels }) => JSON.stringify([name, Object.entries(labels).sort()]));
  const twice = keys.find((key, at) => keys.indexOf(key) !== at);
  if (twice !== undefined) throw new Error(`a sample is there twice: ${twice}`);
  return { types, helps, samples };
}

function sampleIn(line: string): Sample {
  const head = /^([a-zA-Z_:][\w:]*)(\{)?/.exec(line);
  if (!head) throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  let rest = line.slice(head[0].length);
  if (head[2] !== undefined) {
    for (;;) {
      const pair = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(,|\})/.exec(rest);
      if (!pair) throw new Error(`no label at ${rest} in: ${line}`);
      const [whole, name = '', value = '', end] = pair;
      if (name in labels) throw new Error(`a label is there twice in: ${line}`);
      labels[name] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
      rest = rest.slice(whole.length);
      if (end === '}') break;
    }
  }
  if (!/^ (?:[+-]Inf|NaN|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.test(rest)) throw new Error(`no value in: ${line}`);
  return { name: head[1] ?? '', labels, value: Number(rest.trim().replace('Inf', 'Infinity')) };
}

/** The values of a metric whose labels have at least these values, summed. */
export function sumOf(
  { samples }: Exposition,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}
