import { spawnSync } from 'node:child_process';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../..');

/** Lints files as if each had one more line, in one process: ESLint loads its ES modules itself. */
function lintWith(planted: readonly (readonly [file: string, line: string])[]): string[][] {
  const script = `
    const { readFileSync } = require('node:fs');
    const { ESLint } = require('eslint');
    const lint = new ESLint();
    const planted = ${JSON.stringify(planted)};
    (async () => {
      const found = [];
      for (const [file, line] of planted) {
        const [{ messages }] = await lint.lintText(line + '\\n' + readFileSync(file, 'utf8'), { filePath: file });
        found.push(messages.filter((message) => message.line === 1).map((message) => message.message));
      }
      console.log(JSON.stringify(found));
    })();`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: ROOT, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as string[][];
}

describe('the linter', () => {
  const planted = [
    ['src/config/variables.ts', 'export const port = process.env.PORT;'],
    ['src/dialects/openai.ts', "import express from 'express';\nexpress();"],
    ['src/providers/openai.ts', "import { Proxy } from '../proxy/proxy';\nnew Proxy();"],
    ['src/http/cors.ts', "import { createApp } from '../app/app';\ncreateApp();"],
    ['src/proxy/proxy.ts', 'export const title = document.title;'],
  ] as const;
  let found: string[][];
  beforeAll(() => {
    found = lintWith(planted);
  }, 120_000);

  it.each(planted.map(([file, line], at) => [line.split('\n')[0], file, at] as const))(
    'rejects `%s` in %s and names ARCHITECTURE.md',
    (_line, _file, at) => {
      expect(found[at]?.join(' ')).toContain('ARCHITECTURE.md');
    },
  );
});
