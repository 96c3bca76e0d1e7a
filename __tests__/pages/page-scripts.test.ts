import { readFileSync } from 'node:fs';
import path from 'node:path';
import { transformSync } from 'esbuild';

const PAGES = path.resolve(__dirname, '../../src/pages');

it.each([
  ['index-page/loader.ts', 'loadScript'],
  ['token-form/open-with-token.ts', 'openWithToken'],
  ['token-form/stored-token.ts', 'tokenInFragment'],
])('%s runs as its own source text also where esbuild keeps names, as with npm run dev', (file, name) => {
  const source = readFileSync(path.join(PAGES, file), 'utf8');
  const { code } = transformSync(source, { loader: 'ts', keepNames: true });
  const helped = [...code.matchAll(/\b__name\(.*?"(\w+)"\);/gs)].map(([, one]) => one);
  expect(helped).toEqual([name]); // around the whole, and so not a part of its text
});
