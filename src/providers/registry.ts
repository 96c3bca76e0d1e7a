import { anthropic } from './anthropic';
import { azure } from './azure';
import { COMPATIBLE, REPLACEABLE } from './compatible-apis';
import { gemini } from './gemini';
import { openai } from './openai';
import type { Provider } from './provider';

/** Every provider that is known by name; the first whose evidence fits is taken, so the more particular stand first. */
export const BUILT_IN: readonly Provider[] = [
  ...[anthropic, gemini, openai, azure],
  ...COMPATIBLE,
  ...REPLACEABLE,
];

/** The providers of a configuration: the built-in ones that have an upstream, and the user's own. */
export class Providers {
  readonly #byName: ReadonlyMap<string, Provider>;

  /** The response headers that pages may read, of all of them. */
  readonly exposedHeaders: readonly string[];
  /** Those that a header identifies, and those that the form of a key does: few of them. */
  readonly byHeader: readonly Provider[];
  readonly byKey: readonly Provider[];

  constructor(readonly all: readonly Provider[]) {
    this.exposedHeaders = all.flatMap(({ exposedHeaders = [] }) => exposedHeaders);
    this.byHeader = all.filter(({ identifyingHeaders }) => identifyingHeaders.length > 0);
    this.byKey = all.filter(({ keyPattern }) => keyPattern !== undefined);
    this.#byName = new Map(all.map((provider) => [provider.name, provider]));
  }

  named(name: string): Provider | undefined {
    return this.#byName.get(name);
  }
}
