import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CHAINS, TOKEN, modelOf } from './load';
import { GROQ_KEY, KEYS } from './upstream';
import { RUN } from '../rig/cache';

export const CONFIG_FILE = path.join(RUN, 'leaks-config.json');
/** In the pool of every other version. */
const EXTRA_KEY = 'sk-bench-extra-0123456789abcdef';

/** Replaces the proxy's configuration file by another version of it, as an editor does. */
export function writeConfiguration(version: number): void {
  mkdirSync(RUN, { recursive: true });
  const variables = {
    OPENAI_API_KEYS: version % 2 === 0 ? KEYS : [...KEYS, EXTRA_KEY],
    GROQ_API_KEYS: [GROQ_KEY],
    ACCESS_TOKENS: { bench: TOKEN },
    DEFAULT_PROVIDER: 'openai',
    DAILY_CAP_USD: 'off', // every request costs something, and all must be served
    MODEL_ROUTES: [
      `${CHAINS.plain}=openai/${modelOf('exhausted', 0)} > groq/${modelOf('plain', 0)}`,
      `${CHAINS.stream}=openai/${modelOf('failsinstream', 0)} > groq/${modelOf('stream', 0)}`,
      `version-${version}=groq/${modelOf('plain', version)}`,
    ],
  };
  const written = `${CONFIG_FILE}.new`;
  writeFileSync(written, JSON.stringify(variables));
  renameSync(written, CONFIG_FILE);
}
