import { anthropic } from './anthropic';
import { openai } from './openai';
import type { Provider } from './provider';

/** Every provider; the first whose evidence fits is taken, so the more particular stand first. */
export const PROVIDERS: readonly Provider[] = [anthropic, openai];

export function providerNamed(name: string): Provider | undefined {
  return PROVIDERS.find((provider) => provider.name === name);
}
