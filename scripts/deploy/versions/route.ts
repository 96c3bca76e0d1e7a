import type {
  GetAliasResponse,
  UpdateAliasRequest,
} from 'tencentcloud-sdk-nodejs-scf/tencentcloud/services/scf/v20180416/scf_models';

/** The name of what was deployed last, published or not. */
export const LATEST = '$LATEST';

/** Which version the public URL serves, and a second one that gets a share of the requests. */
export interface Route {
  readonly main: string;
  readonly additional?: { readonly version: string; readonly percent: number } | undefined;
}

/** Tencent's weights are shares of 1. */
export function routeOf({ FunctionVersion, RoutingConfig }: GetAliasResponse): Route {
  const [weight] = RoutingConfig?.AdditionalVersionWeights ?? [];
  const percent = Math.round((weight?.Weight ?? 0) * 100);
  return {
    main: FunctionVersion ?? LATEST,
    ...(weight && percent > 0 ? { additional: { version: weight.Version, percent } } : {}),
  };
}

export function requestedRouting({
  main,
  additional,
}: Route): Pick<UpdateAliasRequest, 'FunctionVersion' | 'RoutingConfig'> {
  return {
    FunctionVersion: main,
    RoutingConfig: {
      // An empty list removes the second version.
      AdditionalVersionWeights: additional
        ? [{ Version: additional.version, Weight: additional.percent / 100 }]
        : [],
    },
  };
}

/**
 * The route after a deployment.
 * @param percent the share of the new version; `undefined` for all requests
 */
export function routeFor(now: Route, newest: string, percent: number | undefined): Route {
  if (percent === undefined || percent >= 100 || now.main === newest) return { main: newest };
  return { main: now.main, additional: { version: newest, percent } };
}

/**
 * The version to go back to: without a second version, the one that was published before the one that the URL serves.
 * During a gradual change it is the main version, which then gets all requests again.
 */
export function routeBefore(now: Route, published: readonly string[]): Route | undefined {
  if (now.additional) return { main: now.main };
  const current = now.main === LATEST ? Infinity : Number(now.main);
  const before = published.map(Number).filter((version) => version < current);
  return before.length === 0 ? undefined : { main: String(Math.max(...before)) };
}

export function isSameRoute(one: Route, other: Route): boolean {
  return (
    one.main === other.main &&
    one.additional?.version === other.additional?.version &&
    one.additional?.percent === other.additional?.percent
  );
}

/** `version 3`, or `version 3 (90 %) and version 4 (10 %)`. */
export function describeRoute({ main, additional }: Route): string {
  const name = (version: string) => (version === LATEST ? 'what was deployed last' : `version ${version}`);
  return additional
    ? `${name(main)} (${100 - additional.percent} %) and ${name(additional.version)} (${additional.percent} %)`
    : name(main);
}
