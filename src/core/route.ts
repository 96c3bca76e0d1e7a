import { ProxyError } from '../errors';
import type { Provider } from '../providers/provider';
import type { Providers } from '../providers/registry';
import { isApiSegment } from './api-paths';
import { collapseSlashes } from './path-repair';

const MAX_URL_BYTES = 16_384;

/**
 * Dot segments, plain or encoded, between any kind of slash. No API path has them; an upstream (or a cache before
 * it) that resolves them would be addressed at a path nobody here looked at.
 */
const DOT_SEGMENT = /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?=$|[/\\]|%2f|%5c)/i;
/** Backslashes, raw control characters, and encoded ones (CR, LF, NUL, …), which split a header or a log line. */
// eslint-disable-next-line no-control-regex -- control characters are what this looks for
const FORBIDDEN = /[\\\u0000-\u0020\u007f]|%[01][0-9a-f]|%7f/i;
/** A version behind a segment that is none of any API's: the segment was meant for a provider's name, or a token. */
const VERSION_BEHIND = /^\/[^/]+\/v\d+[a-z]*(?:\/|$)/;

/** Where a request goes, as its URL alone tells it. */
export interface Route {
  /** The stage prefix that was removed (`/release`), or ''. */
  readonly stage: string;
  /** Everything that was removed: stage, token, provider; as it came, or ''. */
  readonly prefix: string;
  /** The name of the access token that the path had as its next segment, and that was removed. */
  readonly tokenName: string | undefined;
  /** The provider that the path names; most requests name none. */
  readonly provider: Provider | undefined;
  /** What is left, byte for byte as it came but for doubled slashes; begins with a slash. */
  readonly path: string;
  /** `?…` byte for byte as it came, or ''. */
  readonly query: string;
  /** Whether doubled slashes were made single ones. */
  readonly collapsed: boolean;
}

export interface RouteOptions {
  readonly stagePrefixes: readonly string[];
  readonly providers: Providers;
  /** The name of a right access token, undefined for any other segment. */
  readonly tokenNameOf?: (segment: string) => string | undefined;
}

/**
 * Takes a request target apart: stage prefix → token segment → provider segment → path and query.
 * @param target the request target as it stands in the request line
 * @throws ProxyError `bad-path`, `url-too-long`
 */
export function resolveRoute(target: string, { stagePrefixes, providers, tokenNameOf }: RouteOptions): Route {
  if (target.length > MAX_URL_BYTES) throw new ProxyError('url-too-long');
  const queryAt = target.indexOf('?');
  const written = queryAt === -1 ? target : target.slice(0, queryAt);
  const query = queryAt === -1 ? '' : target.slice(queryAt);
  if (!written.startsWith('/')) throw new ProxyError('bad-path');
  const whole = collapseSlashes(written);
  const stage = leadingSegment(whole, stagePrefixes);
  const afterStage = whole.slice(stage.length);
  const segment = firstSegment(afterStage);
  const tokenName = segment === '' || isApiSegment(segment) ? undefined : tokenNameOf?.(segment);
  const staged = tokenName === undefined ? afterStage : afterStage.slice(segment.length + 1);
  if (DOT_SEGMENT.test(staged) || FORBIDDEN.test(staged)) throw new ProxyError('bad-path');
  const owner = providers.all.find(({ wholePaths }) => wholePaths?.test(staged));
  const named = owner ? undefined : providers.named(firstSegment(staged));
  const path = named ? staged.slice(named.name.length + 1) : staged;
  return {
    stage,
    prefix: whole.slice(0, whole.length - path.length),
    tokenName,
    provider: owner ?? named,
    path: path === '' ? '/' : path,
    query,
    collapsed: whole !== written,
  };
}

/** Whether a path begins with a segment that was meant to name a provider, and names none. */
export function namesUnknownProvider({ provider, path }: Route): boolean {
  return provider === undefined && VERSION_BEHIND.test(path) && !isApiSegment(firstSegment(path));
}

/** `/name` where the path's first whole segment is one of the names, else ''. Encoded forms are other segments. */
function leadingSegment(path: string, names: readonly string[]): string {
  const segment = firstSegment(path);
  return names.includes(segment) ? `/${segment}` : '';
}

function firstSegment(path: string): string {
  const end = path.indexOf('/', 1);
  return end === -1 ? path.slice(1) : path.slice(1, end);
}
