import { existsSync } from 'node:fs';
import path from 'node:path';
import { variableRows } from '../../src/config/provider-variables';
import { filesIn, read, readDocument, ROOT, type Document } from './documents';

const files = filesIn('.');
const documents = files.filter((file) => file.endsWith('.md')).map(readDocument);

/** Where a variable of anybody's is read or set. Tests misspell some on purpose. */
const SOURCES =
  /^(?:src|scripts|\.ci)\/|^(?:serverless\.yml|docker-compose\.yml|Dockerfile|package\.json|jest\.config\.js)$/;
/** Names of others that only documents name: settings of clients, of Node, of the C library. */
const OTHERS = [
  ...['COPILOT_PROVIDER_BASE_URL', 'COPILOT_PROVIDER_TYPE', 'COPILOT_PROVIDER_API_KEY', 'COPILOT_MODEL'],
  ...[
    'OPENAI_AGENTS_DISABLE_TRACING',
    'ANTHROPIC_AUTH_TOKEN',
    'ANTHROPIC_MODEL',
    'CODEX_API_KEY',
    'CHAT_API_KEY',
    'KIMI_CODE_NO_AUTO_UPDATE',
    'CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY',
  ],
  ...['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'NODE_TLS_REJECT_UNAUTHORIZED'],
  ...['MALLOC_ARENA_MAX', 'TCP_USER_TIMEOUT', 'BASH_SOURCE'],
];
/** `OPENAI_API_KEYS`: capitals with an underscore between them. */
const VARIABLE = /(?<![\w.…<>-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w<>…]|\*)/g;
/** What documents put for a provider's name. */
const PLACEHOLDER = /^NAME_(?:API_KEYS?|UPSTREAM)$/;

/** The documents' faults, each with its file, so that a failing run names it. */
function faults(check: (document: Document) => readonly string[]): string[] {
  return documents.flatMap((document) => check(document).map((fault) => `${document.file}: ${fault}`));
}

describe('the documents', () => {
  it('have links whose files and anchors exist', () => {
    const anchorsOf = new Map(documents.map(({ file, anchors }) => [file, anchors]));
    const isDead = (file: string, target: string) => {
      const [written = '', anchor] = target.split('#', 2);
      const to = written === '' ? file : path.join(path.dirname(file), decodeURIComponent(written));
      if (!existsSync(path.join(ROOT, to))) return true;
      return anchor !== undefined && anchorsOf.get(to)?.has(decodeURIComponent(anchor)) === false;
    };
    const isRelative = (target: string) => !/^(?:[a-z][a-z+.-]*:|\/\/)/i.test(target);
    expect(
      faults(({ file, targets }) => targets.filter((target) => isRelative(target) && isDead(file, target))),
    ).toEqual([]);
  });

  it('name only variables that the proxy, a script or a known client reads', () => {
    const known = new Set([
      ...OTHERS,
      ...variableRows().flatMap(({ name, alias }) => [name, alias ?? name]),
      ...files.filter((file) => SOURCES.test(file)).flatMap((file) => read(file).match(VARIABLE) ?? []),
    ]);
    // PROVIDERS gives its entries variables of their own.
    const custom = /\bPROVIDERS=['"]?(\w+)=/g;
    expect(
      faults(({ code }) => {
        const stems = code.flatMap((text) =>
          [...text.matchAll(custom)].map(([, name = '']) => name.toUpperCase()),
        );
        const own = new Set(stems.flatMap((stem) => [`${stem}_API_KEYS`, `${stem}_API_KEY`]));
        return code
          .flatMap((text) => text.match(VARIABLE) ?? [])
          .filter((name) => !known.has(name) && !own.has(name) && !PLACEHOLDER.test(name));
      }),
    ).toEqual([]);
  });

  it('name only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = ({ code }: Document) =>
      code.flatMap((text) =>
        [...text.matchAll(/\bnpm run (?:--?[\w-]+ )*([a-z][\w:-]*)/g)].map(([, name = '']) => name),
      );
    expect(documents.flatMap(named).length).toBeGreaterThan(10);
    expect(faults((document) => named(document).filter((name) => !(name in scripts)))).toEqual([]);
  });
});

describe('the Chinese pages', () => {
  const pages = files.filter((file) => /^docs\/zh-CN\/.*\.md$/.test(file)).map((file) => path.basename(file));

  it.each(pages)('%s and its English page link to each other in their first lines', (page) => {
    const firstLine = (file: string) => read(file).split('\n', 1)[0];
    expect(firstLine(`docs/zh-CN/${page}`)).toBe(`[English](../${page}) · **简体中文**`);
    expect(firstLine(`docs/${page}`)).toBe(`**English** · [简体中文](zh-CN/${page})`);
  });

  it('name in operations.md all fields, values and commands of the English page', () => {
    const chinese = read('docs/zh-CN/operations.md');
    const isName = (code: string) => /^[\w./:"-]+$/.test(code);
    const isCommand = (line: string) => line.startsWith('npm run ') || line.startsWith('curl ');
    // Up to the first word that stands for something else, which is translated.
    const start = (line: string) => line.replace(/ *(?:#|https:|'|…|\b[A-Z]{4,}\b).*/, '');
    const { code } = readDocument('docs/operations.md');
    const commands = code.flatMap((block) => block.split('\n').filter(isCommand).map(start));
    expect(commands.length).toBeGreaterThan(20);
    expect(code.filter((text) => isName(text) && !chinese.includes(`\`${text}\``))).toEqual([]);
    expect(commands.filter((line) => !chinese.includes(line))).toEqual([]);
  });
});

describe('README.md', () => {
  const lines = read('README.md').trimEnd().split('\n');

  it('has at most 150 lines', () => {
    expect(lines.length).toBeLessThanOrEqual(150);
  });

  it('links to the Chinese README in its first line', () => {
    expect(lines[0]).toContain('(README.zh-CN.md)');
  });

  it('shows the commands that CI runs', () => {
    for (const command of ['npm ci && npm test', 'npm run demo', 'npm start', 'curl -N ']) {
      expect(lines.join('\n')).toContain(command);
    }
  });
});
