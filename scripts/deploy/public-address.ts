import { triggerOf, type Found } from './plan';
import type { TriggerSettings } from './serverless-file';
import { descriptionOf } from './trigger-description';

/** A URL inside a text, which may be JSON or a sentence. */
const URL_IN_TEXT = /https?:\/\/[^\s"'<>\\,]+/g;
/** Fields whose addresses only Tencent's internal network reaches. */
const PRIVATE_KEY = /intra|inner|internal/i;

/**
 * The function's public URL, or `undefined` if there is none. It is `NetConfig.ExtranetUrl` in the description of the
 * trigger; if that is empty, every text of the responses is searched.
 * @param isLocal whether the responses come from a fake API on this machine, whose addresses are local too
 */
export function findPublicUrl(found: Found, wanted: TriggerSettings, isLocal: boolean): string | undefined {
  const { ExtranetUrl } = descriptionOf(triggerOf(found.triggers, wanted)).NetConfig ?? {};
  if (typeof ExtranetUrl === 'string' && isPublic(ExtranetUrl, isLocal)) return withoutSlash(ExtranetUrl);
  const { Environment: _ours, ...rest } = found.function; // a variable may hold any URL
  const urls = [triggerOf(found.triggers, wanted), found.triggers, rest]
    .flatMap((response) => textsOf(response))
    .flatMap((text) => text.match(URL_IN_TEXT) ?? [])
    .filter((url) => isPublic(url, isLocal));
  const best = urls.find((url) => url.startsWith('https://')) ?? urls[0];
  return best === undefined ? undefined : withoutSlash(best);
}

/**
 * Whether the platform adds CORS headers of its own to what the proxy sends: browsers reject a response with two
 * `Access-Control-Allow-Origin` headers.
 */
export function hasPlatformCors({ triggers }: Pick<Found, 'triggers'>, wanted: TriggerSettings): boolean {
  return descriptionOf(triggerOf(triggers, wanted)).CorsConfig?.Enable === true;
}

/** The function's fixed egress addresses, from both fields that may have them. */
export function egressAddresses({ function: there }: Pick<Found, 'function'>): string[] {
  const addresses = [
    ...(there.PublicNetConfig?.EipConfig?.EipAddress ?? []),
    ...(there.EipConfig?.Eips ?? []),
  ];
  return [...new Set(addresses)].filter((address) => address !== '');
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

function isPublic(text: string, isLocal: boolean): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname } = new URL(text);
  return isLocal
    ? hostname === '127.0.0.1' || hostname === 'localhost'
    : hostname.endsWith('.tencentscf.com');
}

/** No response is nested so deeply, and none exhausts the stack. */
const MAX_DEPTH = 64;

function textsOf(value: unknown, depth = 0): string[] {
  if (depth > MAX_DEPTH) return [];
  if (typeof value === 'string') {
    // TriggerDesc is JSON in a text.
    const inner = /^\s*[{[]/.test(value) ? parsed(value) : undefined;
    return inner === undefined ? [value] : textsOf(inner, depth + 1);
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    PRIVATE_KEY.test(key) ? [] : textsOf(item, depth + 1),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
