import type { CustomProvider } from './parsers/custom-providers';
import { placeOf, type StaticLimits } from './parsers/token-limits';
import type { AccessToken } from '../proxy/auth/access-tokens';
import { isApiSegment } from '../proxy/routing/known-paths';
import { publicPath } from '../proxy/routing/public-url';
import type { WeightedKey } from '../proxy/keys/managed-key';
import type { UpstreamOrigin } from '../proxy/routing/upstream-origin';
import { isFunctionIn, isLoopbackPort } from './parsers/upstream';
import type { PageVisibility } from './variables';
import { REPLACEABLE } from '../providers/compatible-apis';
import { BUILT_IN, type Providers } from '../providers/registry';
import type { Provider } from '../providers/provider';
import type { Rule } from '../transforms/rule';

/** What the rules need of a configuration. A variable whose text has a problem is `undefined`. */
interface CheckedFields {
  readonly accessTokens?: readonly AccessToken[];
  readonly tokenLimits?: ReadonlyMap<string, StaticLimits>;
  readonly requestRules?: readonly Rule[];
  readonly tokenSecrets?: readonly string[];
  readonly adminToken?: string;
  readonly metricsToken?: string;
  readonly allowAnonymous?: boolean;
  readonly allowPrivateProviders?: boolean;
  readonly stagePrefixes?: readonly string[];
  readonly customProviders?: readonly CustomProvider[];
  readonly providers?: Providers;
  readonly port?: number;
  readonly publicUrl?: string;
  readonly configFile?: string;
  readonly configSecret?: string;
  readonly redisUrl?: string;
  readonly page?: PageVisibility;
  readonly onScf?: boolean;
  readonly sister?: UpstreamOrigin | undefined;
  /** The region of SCF that this function is in. */
  readonly region?: string | undefined;
  readonly apiKeys?: ReadonlyMap<Provider, readonly WeightedKey[]>;
}

/** False if the tokens have a problem: they are then `undefined`. */
export function hasNoTokens({
  accessTokens,
  tokenSecrets,
}: Pick<CheckedFields, 'accessTokens' | 'tokenSecrets'>): boolean {
  return accessTokens?.length === 0 && tokenSecrets?.length === 0;
}

/** The problems of variables that do not go together; one line per problem, with the remedy. */
export function crossFieldProblems(config: CheckedFields): string[] {
  const problems: string[] = [];
  const tokens = config.accessTokens ?? [];
  const hasKeys = [...(config.apiKeys?.values() ?? [])].some((keys) => keys.length > 0);
  if (hasKeys && hasNoTokens(config) && config.allowAnonymous === false) {
    problems.push(
      'ACCESS_TOKENS must be set when the server has keys, or anyone who knows the URL can use them. If that is what you want, set ALLOW_ANONYMOUS=true.',
    );
  }
  const taken = new Set(config.stagePrefixes ?? []);
  const isTaken = (segment: string) => taken.has(segment) || isApiSegment(segment);
  if (tokens.some(({ token }) => isTaken(token) || config.providers?.named(token) !== undefined)) {
    problems.push(
      'ACCESS_TOKENS has a token that is also a segment of API paths, a provider or a stage prefix. Choose a longer one.',
    );
  }
  const [publicSegment = ''] = publicPath(config.publicUrl ?? '')
    .slice(1)
    .split('/');
  if (publicSegment !== '' && (isApiSegment(publicSegment) || config.providers?.named(publicSegment))) {
    problems.push(
      `PUBLIC_URL has a path that begins with ${publicSegment}, which is also a segment of API paths or a provider. Choose another path.`,
    );
  }
  problems.push(...limitProblems(config), ...ruleProblems(config));
  for (const { name, isPrivate } of config.customProviders ?? []) {
    const builtIn = BUILT_IN.find((provider) => provider.name === name);
    if (builtIn && !REPLACEABLE.includes(builtIn)) {
      problems.push(
        `PROVIDERS has an entry, ${name}, whose name is taken: this proxy has that provider itself. Remove the entry, and keep its keys as they are; if it has another address, set ${name.toUpperCase()}_UPSTREAM, or choose another name.`,
      );
    } else if (isTaken(name)) {
      problems.push(
        `PROVIDERS has an entry, ${name}, whose name is taken: it is a segment of API paths or a stage prefix. Choose another name.`,
      );
    }
    if (isPrivate && config.allowPrivateProviders === false) {
      problems.push(
        `PROVIDERS has an entry, ${name}, at an address of this machine or of a private network. If that is what you want, set ALLOW_PRIVATE_PROVIDERS=true.`,
      );
    }
  }
  if (
    config.adminToken !== undefined &&
    config.adminToken !== '' &&
    tokens.some(({ token }) => token === config.adminToken)
  ) {
    problems.push(
      'ADMIN_TOKEN must not be one of ACCESS_TOKENS: every holder of that access token would have admin access.',
    );
  }
  if (
    (config.metricsToken ?? '') !== '' &&
    (config.metricsToken === config.adminToken || tokens.some(({ token }) => token === config.metricsToken))
  ) {
    problems.push(
      'METRICS_TOKEN must not be ADMIN_TOKEN or one of ACCESS_TOKENS: whoever may read the metrics could do more, or the reverse. Make another one with: npm run token',
    );
  }
  if (config.page === 'token' && hasNoTokens(config) && (config.adminToken ?? '') === '') {
    problems.push(
      'PAGE=token needs ACCESS_TOKENS, TOKEN_SECRET or ADMIN_TOKEN, or nobody could open the page. Set one of them, or PAGE=off.',
    );
  }
  if (config.onScf === true && (config.configFile ?? '') !== '') {
    problems.push(
      'CONFIG_FILE cannot be used on SCF, where a function has no file that changes. Put its variables into config/*.yaml, and deploy again.',
    );
  }
  if ((config.configSecret ?? '') !== '') {
    if (config.redisUrl === '')
      problems.push(
        'CONFIG_SECRET needs REDIS_URL as well, where what is pushed is kept. Set it, or remove CONFIG_SECRET.',
      );
    if ((config.configFile ?? '') !== '')
      problems.push(
        'CONFIG_SECRET and CONFIG_FILE are two ways to change a running proxy, and only one can be used. Remove one of them.',
      );
  }
  if (config.sister && config.port !== undefined && isLoopbackPort(config.sister, config.port)) {
    problems.push(
      'SISTER_URL is the address of this proxy itself. Set it to another deployment, in another region, or remove it.',
    );
  }
  if (config.sister && config.region !== undefined && isFunctionIn(config.region, config.sister)) {
    problems.push(
      `SISTER_URL is a function in ${config.region}, as this one is, so the providers see both in the same country. Set it to a deployment in another region, or remove it.`,
    );
  }
  return problems;
}

/** Limits of tokens that do not exist, or to providers that do not. */
function limitProblems({ tokenLimits, accessTokens, providers }: CheckedFields): string[] {
  const problems: string[] = [];
  [...(tokenLimits ?? [])].forEach(([name, { limits }], at) => {
    const place = placeOf(name, at);
    if (accessTokens && !accessTokens.some((token) => token.name === name)) {
      problems.push(
        `TOKEN_LIMITS has limits for a name that is not in ACCESS_TOKENS (${place}). Correct it, or remove the entry; a signed token has its limits in itself.`,
      );
    }
    if (providers && limits.providers?.some((provider) => providers.named(provider) === undefined)) {
      problems.push(
        `TOKEN_LIMITS has a provider that this proxy does not have (${place}). The providers are ${providers.all.map((provider) => provider.name).join(', ')}.`,
      );
    }
  });
  return problems;
}

/** Rules for tokens that do not exist, or for providers that do not. */
function ruleProblems({ requestRules, accessTokens, tokenSecrets, providers }: CheckedFields): string[] {
  const problems: string[] = [];
  (requestRules ?? []).forEach((rule, at) => {
    const place = `rule ${at + 1}`;
    // Those of signed tokens are nowhere but in the tokens, and the build does not know those of the environment.
    const areKnown = accessTokens && accessTokens.length > 0 && tokenSecrets?.length === 0;
    if (areKnown && rule.tokens?.some((name) => !accessTokens.some((token) => token.name === name))) {
      problems.push(
        `REQUEST_RULES has a rule for a token that is not in ACCESS_TOKENS (${place}). Correct its name, or remove it.`,
      );
    }
    if (providers && rule.providers?.some((name) => providers.named(name) === undefined)) {
      problems.push(
        `REQUEST_RULES has a rule for a provider that this proxy does not have (${place}). The providers are ${providers.all.map((provider) => provider.name).join(', ')}.`,
      );
    }
  });
  return problems;
}
