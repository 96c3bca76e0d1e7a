/** How many objects of each kind a heap has: by constructor, functions by name, texts and arrays each as one kind. */
export type ObjectCounts = Readonly<Record<string, number>>;

/** V8's own: code and shapes come and go with what it compiles. */
const NOT_COUNTED = new Set(['hidden', 'code', 'synthetic', 'object shape']);
/** Their names in a snapshot are their contents. */
const WITHOUT_NAME: Readonly<Record<string, string>> = {
  string: '(string)',
  'concatenated string': '(string)',
  'sliced string': '(string)',
  array: '(array)',
  number: '(number)',
  'heap number': '(number)',
  bigint: '(bigint)',
  symbol: '(symbol)',
  regexp: 'RegExp',
};

const NODES = Buffer.from('"nodes":[');
const STRINGS = Buffer.from('"strings":[');
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const BRACKET = 0x5d;

/** What the beginning of a snapshot says of the form of its nodes. */
interface Meta {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      /** For each field; the type is a number, whose place in a list has its name. */
      readonly node_types: readonly (string | readonly string[])[];
    };
  };
}

/**
 * Counts the objects of a heap snapshot, as V8 writes it. Only its nodes are read, number by number: as one text or one
 * tree of objects that of a large heap would be too long.
 * @throws Error if it is not one
 */
export function countObjects(snapshot: Buffer): ObjectCounts {
  const nodesAt = snapshot.indexOf(NODES);
  const stringsAt = snapshot.lastIndexOf(STRINGS);
  if (nodesAt === -1 || stringsAt === -1) throw new Error('This is not a heap snapshot.');
  const { meta } = (JSON.parse(snapshot.toString('utf8', 0, nodesAt).replace(/,\s*$/, '}')) as Meta).snapshot;
  const typeAt = meta.node_fields.indexOf('type');
  const types = meta.node_types[typeAt] ?? [];
  const nameAt = meta.node_fields.indexOf('name');
  const width = meta.node_fields.length;
  /** By type and name, both as numbers. */
  const counts = new Map<number, number>();
  let field = 0;
  let type = 0;
  let name = 0;
  let number = 0;
  let hasDigits = false;
  for (let at = nodesAt + NODES.length; ; at++) {
    const byte = snapshot[at] ?? BRACKET;
    if (byte >= DIGIT_0 && byte <= DIGIT_9) {
      number = number * 10 + byte - DIGIT_0;
      hasDigits = true;
      continue;
    }
    if (hasDigits) {
      if (field === typeAt) type = number;
      else if (field === nameAt) name = number;
      if (++field === width) {
        const kind = type + name * types.length;
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        field = 0;
      }
    }
    number = 0;
    hasDigits = false;
    if (byte === BRACKET) break;
  }
  const strings = JSON.parse(
    snapshot.toString('utf8', stringsAt + STRINGS.length - 1).replace(/\}\s*$/, ''),
  ) as readonly string[];
  const objects: Record<string, number> = {};
  for (const [kind, count] of counts) {
    const label = labelOf(types[kind % types.length] ?? '', strings[Math.floor(kind / types.length)] ?? '');
    if (label !== undefined) objects[label] = (objects[label] ?? 0) + count;
  }
  return objects;
}

function labelOf(type: string, name: string): string | undefined {
  if (NOT_COUNTED.has(type)) return undefined;
  if (type === 'closure') return `function ${name}`.trim();
  return WITHOUT_NAME[type] ?? (name === '' ? `(${type})` : name);
}
