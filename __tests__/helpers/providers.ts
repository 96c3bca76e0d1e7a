import type { Provider } from '../../src/providers/provider';
import { BUILT_IN } from '../../src/providers/registry';

/** A built-in provider. */
export function named(name: string): Provider {
  const provider = BUILT_IN.find((one) => one.name === name);
  if (!provider) throw new Error(`There is no provider ${name}.`);
  return provider;
}

export const openai = named('openai');
export const groq = named('groq');
