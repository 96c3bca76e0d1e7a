import type { Metering, Usage } from '../meter/usage';

/** What of a request has a price of its own. */
export interface PricedPart {
  /** Its names for the model, the more particular first. */
  readonly models: readonly (string | undefined)[];
  readonly usage: Usage | undefined;
  /** Of how many responses it is. */
  readonly responses: number;
}

/**
 * The parts of a request that have prices of their own: all of it; of a WebSocket that uses several models, what each of
 * them has used.
 * @param requested the model that was asked for
 */
export function pricedParts(
  { model, usage, parts, responses }: Metering,
  requested: string | undefined,
): readonly PricedPart[] {
  return (
    parts?.map((part) => ({ ...part, models: [part.model ?? requested] })) ?? [
      { models: [model, requested], usage, responses: responses ? responses.begun - responses.untold : 1 },
    ]
  );
}
