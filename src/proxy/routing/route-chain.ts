import { inFormatOf, servesPath } from '../../providers/formats';
import type { Provider } from '../../providers/provider';

/** One provider of a chain. */
export interface ChainMember {
  readonly provider: Provider;
  /** The model's name there, which is not looked up again; `undefined` if it is the one in the request. */
  readonly model: string | undefined;
  /** Its share of the requests of its step, an integer from 1. */
  readonly weight: number;
}

/** A member as it serves one request. */
export interface ServingMember {
  /** In the request's format. */
  readonly provider: Provider;
  /** The name that the model has there. */
  readonly model: string;
  readonly weight: number;
  /** `provider/model`: the same in every format. */
  readonly name: string;
}

/** The members that may serve one request: a later step if none of an earlier one does. No step is empty. */
export interface RequestChain {
  /** Distinguishes the chains of a configuration. */
  readonly name: string;
  /** The model that the request names. */
  readonly model: string;
  readonly steps: readonly (readonly ServingMember[])[];
}

/** The providers of a route, in the order in which they are tried; those of one step share its requests. */
export class RouteChain {
  constructor(
    private readonly name: string,
    private readonly steps: readonly (readonly ChainMember[])[],
  ) {}

  /** All of them, in the order in which they are tried. */
  get members(): readonly ChainMember[] {
    return this.steps.flat();
  }

  /**
   * @param model the one that the request names
   * @param serves whether a provider serves a path as the request asks for it
   * @returns `undefined` if no member serves the path
   */
  serving(path: string, model: string, serves = servesPath): RequestChain | undefined {
    const steps = this.steps
      .map((step) => step.flatMap((member) => servingMember(member, path, model, serves)))
      .filter((step) => step.length > 0);
    return steps.length === 0 ? undefined : { name: this.name, model, steps };
  }
}

function servingMember(
  member: ChainMember,
  path: string,
  requested: string,
  serves: typeof servesPath,
): readonly ServingMember[] {
  const { provider } = inFormatOf(member.provider, path);
  if (!serves(provider, path)) return [];
  const { model = requested, weight } = member;
  return [{ provider, model, weight, name: `${provider.name}/${model}` }];
}

/**
 * The members that pass a check, as of what an access token may use.
 * @param check throws if a member does not pass
 * @throws what it has thrown for the first member, if none passes
 */
export function membersThatPass(chain: RequestChain, check: (member: ServingMember) => void): RequestChain {
  let first: { readonly error: unknown } | undefined;
  const passes = (member: ServingMember) => {
    try {
      check(member);
      return true;
    } catch (error) {
      first ??= { error };
      return false;
    }
  };
  const steps = chain.steps.map((step) => step.filter(passes)).filter((step) => step.length > 0);
  if (first && steps.length === 0) throw first.error;
  return first ? { ...chain, steps } : chain;
}
