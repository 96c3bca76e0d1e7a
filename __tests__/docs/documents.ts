import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(__dirname, '../..');

/** Folders that hold nothing of the project's own. */
const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.git', '.serverless']);

/** The project's files below a folder, as paths from the root. */
export function filesIn(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : filesIn(file);
    return entry.isFile() ? [file] : [];
  });
}

export function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** A Markdown document, as far as its links, headings and code go. */
export interface Document {
  readonly file: string;
  /** Targets of links and pictures, as they are written. */
  readonly targets: readonly string[];
  /** What a link may have behind its `#`. */
  readonly anchors: ReadonlySet<string>;
  /** Every piece of code, in a line or in a block. */
  readonly code: readonly string[];
}

/** A fenced block; the fence that closes it is as long as the one that opens it. */
const BLOCK = /^[ \t]*(`{3,}|~{3,})[^\n]*\n([^]*?)^[ \t]*\1[ \t]*$/gm;
const COMMENT = /<!--[^]*?-->/g;
const SPAN = /`([^`\n]+)`/g;
const LINK = /\]\(\s*<?([^\s()<>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const DEFINITION = /^\[[^\]]+\]:\s+(\S+)/gm;
const ATTRIBUTE = /\b(?:href|src|srcset)="([^"\s]+)/g;
const HEADING = /^#{1,6}\s+(.*?)\s*#*$/gm;
const ANCHOR = /\b(?:id|name)="([^"]+)"/g;

export function readDocument(file: string): Document {
  const whole = read(file).replace(COMMENT, '');
  const text = whole.replace(BLOCK, '');
  const prose = text.replace(SPAN, '');
  const blocks = [...whole.matchAll(BLOCK)].map(([, , block = '']) => block);
  return {
    file,
    targets: [LINK, DEFINITION, ATTRIBUTE].flatMap((form) => firstGroups(prose, form)),
    anchors: new Set([...slugs(firstGroups(text, HEADING)), ...firstGroups(text, ANCHOR)]),
    code: [...blocks, ...firstGroups(text, SPAN)],
  };
}

/** GitHub's anchors: lower case, no punctuation, `-` for a space, and a number behind one that was there before. */
function slugs(headings: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return headings.map((heading) => {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
    const slug = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}

function firstGroups(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, group = '']) => group);
}
