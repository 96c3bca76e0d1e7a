import { ProxyError } from '../../errors/proxy-error';
import type { Provider } from '../../providers/provider';
import type { Providers } from '../../providers/registry';
import type { KnownToken } from '../tokens/known-token';
import { isApiSegment } from './known-paths';
import { collapseSlashes } from './normalise-path';

const MAX_URL_BYTES = 16_384;

/**
 * Dot segments, plain or encoded, between any kind of slash. No API path has them; an upstream (or a cache in front of
 * it) that resolves them would serve a path that was not checked here.
 */
const DOT_SEGMENT = /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?=$|[/\\]|%2f|%5c)/i;
/** Backslashes, raw control characters, and encoded ones (CR, LF, NUL, …), which split a header or a log line. */
// eslint-disable-next-line no-control-regex -- the pattern searches for control characters
const FORBIDDEN = /[\\\u0000-\u0020\u007f]|%[01][0-9a-f]|%7f/i;
/** A version after a segment that belongs to no API: the segment was meant as a provider's name, or as a token. */
const VERSION_BEHIND = /^\/[^/]+\/v\d+[a-z]*(?:\/|$)/;

/** What clients add to a base URL. Not `/v1beta/`: Google's own compatible paths go on with `openai`. */
const LEADING_VERSION = '/v1/';

/** The parts of a request target. */
export interface ParsedTarget {
  /** The stage prefix that was removed (`/release`), or ''. */
  readonly stage: string;
  /** Everything that was removed: stage, token, provider; as a client may write it before other paths, or ''. */
  readonly prefix: string;
  /** The access token that was the next segment of the path, and was removed. */
  readonly token: KnownToken | undefined;
  /** The provider that the path names; most requests name none. */
  readonly provider: Provider | undefined;
  /** The rest, byte for byte as received except for doubled slashes; begins with a slash. */
  readonly path: string;
  /** `?…` byte for byte as received, or ''. */
  readonly query: string;
  /** Whether doubled slashes were replaced, or a version in front of a provider was removed. */
  readonly collapsed: boolean;
}

export interface ParseTargetOptions {
  readonly stagePrefixes: readonly string[];
  readonly providers: Providers;
  /** A valid access token; `undefined` for any other segment. */
  readonly findToken?: (segment: string) => KnownToken | undefined;
}

/**
 * Parses a request target: stage prefix → token segment → provider segment → path and query.
 * @param target the request target as in the request line
 * @throws ProxyError `bad-path`, `url-too-long`
 */
export function parseTarget(
  target: string,
  { stagePrefixes, providers, findToken }: ParseTargetOptions,
): ParsedTarget {
  if (target.length > MAX_URL_BYTES) throw new ProxyError('url-too-long');
  const queryAt = target.indexOf('?');
  const written = queryAt === -1 ? target : target.slice(0, queryAt);
  const query = queryAt === -1 ? '' : target.slice(queryAt);
  if (!written.startsWith('/')) throw new ProxyError('bad-path');
  const whole = collapseSlashes(written);
  const stage = leadingSegment(whole, stagePrefixes);
  const afterStage = whole.slice(stage.length);
  const segment = firstSegment(afterStage);
  const token = segment === '' || isApiSegment(segment) ? undefined : findToken?.(segment);
  const staged = token === undefined ? afterStage : afterStage.slice(segment.length + 1);
  if (DOT_SEGMENT.test(staged) || FORBIDDEN.test(staged)) throw new ProxyError('bad-path');
  const owner = providers.all.find(({ wholePaths }) => wholePaths?.test(staged));
  const addressed = owner ? staged : withoutLeadingVersion(staged, providers);
  const named = owner ? undefined : providers.named(firstSegment(addressed));
  const inside = named ? addressed.slice(named.name.length + 1) : addressed;
  const path = named ? withoutOwnBase(inside, named) : inside;
  return {
    stage,
    prefix:
      whole.slice(0, whole.length - staged.length) + addressed.slice(0, addressed.length - inside.length),
    token,
    provider: owner ?? named,
    path: path === '' ? '/' : path,
    query,
    collapsed: whole !== written || addressed !== staged || path !== inside,
  };
}

/** Whether a path begins with a segment that was meant as a provider's name, but is not one. */
export function namesUnknownProvider({ provider, path }: ParsedTarget): boolean {
  return provider === undefined && VERSION_BEHIND.test(path) && !isApiSegment(firstSegment(path));
}

/**
 * A path without the versions before a provider's segment, if its own version follows that: a client whose base URL ends in
 * `/v1` was given paths that begin with the provider (`/v1/openai/v1/models`).
 */
function withoutLeadingVersion(path: string, providers: Providers): string {
  if (!path.startsWith(LEADING_VERSION) || !path.includes('/v', LEADING_VERSION.length)) return path;
  let at = 0;
  while (path.startsWith(LEADING_VERSION, at)) at += LEADING_VERSION.length - 1;
  const behind = path.slice(at);
  return VERSION_BEHIND.test(behind) && providers.named(firstSegment(behind)) ? behind : path;
}

/** A provider's path without its base URL once more, with its segment and a version (`/v1/openai/v1/models`). */
function withoutOwnBase(path: string, { name }: Provider): string {
  const base = `${LEADING_VERSION}${name}/v`;
  let rest = path;
  while (rest.startsWith(base) && VERSION_BEHIND.test(rest.slice(LEADING_VERSION.length - 1)))
    rest = rest.slice(LEADING_VERSION.length + name.length);
  return rest;
}

/** `/name` if the path's first whole segment is one of the names, else ''. Encoded forms do not match. */
function leadingSegment(path: string, names: readonly string[]): string {
  const segment = firstSegment(path);
  return names.includes(segment) ? `/${segment}` : '';
}

function firstSegment(path: string): string {
  const end = path.indexOf('/', 1);
  return end === -1 ? path.slice(1) : path.slice(1, end);
}
