import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { renderReadme } from './render';

/** Writes the generated sections of the README; `npm run docs` formats it afterwards. */
const README = path.resolve(__dirname, '../../README.md');
writeFileSync(README, renderReadme(readFileSync(README, 'utf8')));
