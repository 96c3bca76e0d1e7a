import { readFileSync, statSync, type Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { errorCode } from '../../errors/node-errors';
import { parseTable, type FileTable } from './parse-table';

/** What messages call the file. */
const NAME = 'CONFIG_FILE';
/** Thousands of keys and tokens take less. */
const MAX_BYTES = 1024 * 1024;

/** The text of a file and when it was written, or why there is none. */
export type Content = { readonly text: string; readonly writtenMs: number } | { readonly problem: string };

export async function readContent(path: string): Promise<Content> {
  try {
    const stats = await stat(path);
    const problem = unsuitable(stats);
    if (problem !== undefined) return { problem };
    return { text: await readFile(path, 'utf8'), writtenMs: stats.mtimeMs };
  } catch (error) {
    return unreadable(error);
  }
}

/** The same for the start, which waits for it. */
export function readContentNow(path: string): Content {
  try {
    const stats = statSync(path);
    const problem = unsuitable(stats);
    return problem === undefined
      ? { text: readFileSync(path, 'utf8'), writtenMs: stats.mtimeMs }
      : { problem };
  } catch (error) {
    return unreadable(error);
  }
}

/** What makes two contents the same, whenever they were written. */
export function essenceOf(content: Content): string {
  return 'text' in content ? `text ${content.text}` : content.problem;
}

/** The variables that the file sets. */
export function tableOf(content: Content): FileTable {
  if ('problem' in content) return { variables: undefined, problems: [content.problem] };
  const table = parseTable(content.text, NAME);
  const { variables } = table;
  if (!variables) return table;
  // So that a file that is being written, or was emptied by mistake, does not take all keys and tokens away.
  if (Object.keys(variables).length === 0 && !content.text.includes('{'))
    return {
      variables: undefined,
      problems: [`${NAME} sets no variable. Write {} into it if that is meant.`],
    };
  return NAME in variables
    ? {
        variables,
        problems: [`${NAME} must be set in the environment, not in the file itself. Remove it there.`],
      }
    : table;
}

/** Reading a pipe or a device might never end. */
function unsuitable(stats: Stats): string | undefined {
  if (!stats.isFile()) return `${NAME} must be the path of a file; what is there is none.`;
  return stats.size > MAX_BYTES
    ? `${NAME} must be a file of at most ${MAX_BYTES} bytes. Remove what is not configuration.`
    : undefined;
}

function unreadable(error: unknown): Content {
  return {
    problem: `${NAME} names a file that cannot be read (${errorCode(error)}). Correct the path, or let the user of this process read it.`,
  };
}
