/** What a request has used; `undefined` where the response does not say. */
export interface Usage {
  /** Tokens, with those read from and written to a cache, and those of audio. */
  readonly input: number | undefined;
  readonly cachedInput: number | undefined;
  /** Tokens written to a cache for five minutes, or for an hour. */
  readonly cacheWrite5m: number | undefined;
  readonly cacheWrite1h: number | undefined;
  /** Tokens, with those of reasoning and audio. */
  readonly output: number | undefined;
  readonly reasoning: number | undefined;
  readonly audioInput: number | undefined;
  readonly audioOutput: number | undefined;
  readonly images: number | undefined;
}
