import { LineCounter, parseDocument } from 'yaml';

/** What a configuration file says. */
export interface FileTable {
  /** Its variables, as texts by name; `undefined` if it is not a table. */
  readonly variables: Readonly<Record<string, string>> | undefined;
  /** Whole sentences with the remedy, without any value of the file. */
  readonly problems: readonly string[];
}

/** What YAML means by "not set". */
const NULL = /^(?:null|~)$/i;

/**
 * Reads a table of variables in YAML or JSON; a text without any is an empty table. Every scalar counts as it is written:
 * an access token of digits is not a number.
 * @param file what messages call it
 */
export function parseTable(text: string, file: string): FileTable {
  if (isNestedDeeply(text))
    return notATable(
      `${file} has more than ${MAX_NESTING} brackets open at once, or a line with more than ${MAX_NESTING} spaces, dashes, colons or question marks in a row. Check that each bracket is closed.`,
    );
  const lineCounter = new LineCounter();
  // The messages and warnings of the package quote the file, which has secrets.
  const options = { schema: 'failsafe', prettyErrors: false, logLevel: 'error', lineCounter } as const;
  const document = parseDocument(text, options);
  if (document.errors.length > 0) {
    const sentences = document.errors.map(({ code, pos }) => {
      const { line, col } = lineCounter.linePos(pos[0]);
      return code === 'DUPLICATE_KEY'
        ? `${file} has a name twice: see line ${line}. Remove one of them.`
        : `${file} is not valid YAML at line ${line}, column ${col} (${code}). Correct it there, or put the value in quotation marks.`;
    });
    return { variables: undefined, problems: sentences };
  }
  let table: unknown;
  try {
    table = document.toJS();
  } catch {
    return notATable(
      `${file} has an alias (a value that begins with *) without its anchor, or too many of them. Put values that begin with * in quotation marks.`,
    );
  }
  if (table === null || table === '') return { variables: {}, problems: [] };
  if (typeof table !== 'object' || Array.isArray(table))
    return notATable(`${file} must be a table of variables, such as "ACCESS_TOKENS: …".`);
  const jsonOf = (name: string) => JSON.stringify(typedValue(text, name));
  const entries = Object.entries(table).map(
    ([name, value]) => [name, isListOfTables(value) ? jsonOf(name) : textOf(value)] as const,
  );
  return { variables: Object.fromEntries(entries), problems: [] };
}

function notATable(problem: string): FileTable {
  return { variables: undefined, problems: [problem] };
}

/** The package calls itself for each level: where the stack ends, the process can end with it. No table is so deep. */
const MAX_NESTING = 200;

/** Each begins a table or list in the one before. */
const INDICATORS = /(?:[:?-][ \t]+){200}/;

function isNestedDeeply(text: string): boolean {
  if (INDICATORS.test(text)) return true;
  let open = 0;
  let indent = 0;
  let isIndent = true;
  for (const character of text) {
    if (character === '\n' || character === '\r') {
      isIndent = true;
      indent = 0;
    } else if (isIndent && (character === ' ' || character === '-' || character === '?')) indent++;
    else isIndent = false;
    if (character === '[' || character === '{') open++;
    else if (character === ']' || character === '}') open = Math.max(0, open - 1);
    if (open > MAX_NESTING || indent > MAX_NESTING) return true;
  }
  return false;
}

/**
 * A list becomes `a,b`; a table of names becomes `name:value,…`, the form of `ACCESS_TOKENS`; a table of tables
 * `name: field=value field=a,b; …`, the form of `TOKEN_LIMITS`. A list of tables becomes JSON, the form of `REQUEST_RULES`.
 */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(',');
  if (isTable(value)) {
    const entries = Object.entries(value);
    return entries.some(([, item]) => isTable(item))
      ? entries.map(([name, item]) => `${name}: ${isTable(item) ? fieldsOf(item) : textOf(item)}`).join('; ')
      : entries.map(([name, item]) => `${name}:${textOf(item)}`).join(',');
  }
  const text = String(value);
  return NULL.test(text) ? '' : text;
}

/** A space separates fields, so a list has none. */
function fieldsOf(table: object): string {
  return Object.entries(table)
    .map(([field, value]) => `${field}=${itemsOf(textOf(value)).join(',')}`)
    .join(' ');
}

function itemsOf(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}

/** Where a number is not the text of it: what YAML takes the value for. */
function typedValue(text: string, name: string): unknown {
  const table: unknown = parseDocument(text, {
    schema: 'core',
    prettyErrors: false,
    logLevel: 'error',
  }).toJS();
  return isTable(table) ? (table as Readonly<Record<string, unknown>>)[name] : undefined;
}

function isListOfTables(value: unknown): boolean {
  return Array.isArray(value) && value.some(isTable);
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
