import type { CredentialHeader } from '../http/credentials';
import type { Header } from '../http/header';
import type { Dialect } from '../dialects/dialect';
import type { UsageTraits } from '../meter/usage';
import type { Countries } from './countries';
import type { ResetHeaders } from './errors/retry-after';
import type { ErrorRule } from './errors/rule';

/** A member of JSON responses that holds an absolute address. */
export interface BodyAddresses {
  readonly paths: RegExp;
  readonly member: string;
}

/** How a provider lists its models, where that is not as OpenAI does it. */
export interface ModelList {
  /** The path of its list in OpenAI's form, in place of `/v1/models`. */
  readonly path?: string;
  /** What the list is asked with beside the key. */
  readonly headers?: readonly Header[];
  /** What stands before each name in that list, and need not stand in requests. */
  readonly namePrefix?: string;
  /** What makes its first page the whole list: `?…`. */
  readonly query?: string;
  /** Bearer credentials of its own clients, for whom `/v1/models` is a path of its own API. */
  readonly ownBearer?: RegExp;
}

/**
 * What this proxy must know of one upstream API. A provider is one file of settings and small total
 * functions, and one line in `registry.ts`; no other code names a provider.
 */
export interface Provider {
  /** The path segment that addresses it (`/openai/v1/…`), and the stem of its variables (`OPENAI_UPSTREAM`). */
  readonly name: string;
  /** An https origin, with or without a path prefix; `undefined` if each user has their own. */
  readonly defaultUpstream: string | undefined;
  /** Its own API's forms. Where it serves OpenAI's endpoints as well, those have OpenAI's. */
  readonly dialect: Dialect;
  /** Whether only this provider has such a path: evidence that outweighs the kind of credential. Method in capitals. */
  ownsPath(path: string, method: string): boolean;
  /** The version that a path of its own lacks (`/v1beta`); `undefined` if the path is none of its own, or has one. */
  missingVersion?(path: string, method: string): string | undefined;
  /** Paths of its own that begin with the segment of another. */
  readonly wholePaths?: RegExp;
  /** Request headers that only this provider's clients send, in lower case. */
  readonly identifyingHeaders: readonly string[];
  /** Keys that only this provider issues, by how they begin. */
  readonly keyPattern?: RegExp;
  /** The countries that it serves and refuses; `undefined` if that is not known. */
  readonly countries?: Countries;
  /** What its own error responses mean, the first that fits; the rules of OpenAI's form stand behind them. */
  readonly errorRules?: readonly ErrorRule[];
  /** Its own headers that say when a rate limit ends; those of OpenAI's form stand behind them. */
  readonly resetHeaders?: readonly ResetHeaders[];
  /** What its usage means where that differs from the others'. */
  readonly usageTraits?: UsageTraits;
  /**
   * Whether a streamed chat tells its usage only if the request has `stream_options.include_usage`, and then in an event
   * without choices. Only of providers whose documentation, or a public test of theirs, says so.
   */
  readonly streamsUsageOnRequest?: boolean;
  /** Where its clients put the key, the most native first, in lower case. */
  readonly keyHeaders: readonly CredentialHeader[];
  /** Whether its clients may also put the key into the query, as `key=`. */
  readonly keyInQuery?: boolean;
  /** The one header that carries `key` to this upstream. */
  keyHeader(key: string, path: string): Header;
  /** Short-lived credentials that this API issues for end users, which a pool's key must not replace. */
  readonly ephemeralKey?: RegExp;
  /** Models that only this provider serves; `*` stands for any characters but a slash. */
  readonly models?: readonly string[];
  readonly modelList?: ModelList;
  /** OpenAI-shaped paths (`/v1/chat/completions`) that a request may be routed to by its model. */
  readonly openaiPaths: RegExp;
  /** Those of OpenAI's paths that it serves over a WebSocket as well; `undefined` if its documentation names none. */
  readonly socketPaths?: RegExp | undefined;
  /** JSON bodies with absolute addresses of this upstream, which the client is to follow through this proxy. */
  readonly bodyAddresses?: BodyAddresses;
  /** Segments of its paths, beside those that OpenAI's API has: no access token, and no secret of a log line. */
  readonly pathSegments?: readonly string[];
  /** How a segment with a syntax of its own may be logged, names left out; `undefined` for every other segment. */
  loggableSegment?(segment: string): string | undefined;
  /** Response headers of its own that a page's script may need by name, in lower case. */
  readonly exposedHeaders?: readonly string[];
  /** How its keys and tokens begin, to redact them wherever they stand. */
  readonly secretPrefixes?: readonly string[];
  /** The same provider where it serves Anthropic's Messages API: at another address, with the same keys. */
  readonly messages?: Provider;
  /** The same for OpenAI's Responses API, unless that is one of `openaiPaths`. */
  readonly responses?: Provider;
  /** Of such an endpoint: what its paths have before `/v1`, in place of the prefix of `defaultUpstream`. */
  readonly formatPrefix?: string;
  /** A path as this upstream has it; most are the same everywhere. */
  upstreamPath?(path: string): string;
}
