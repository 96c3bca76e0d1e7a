import { triggerOf, type Found } from './plan';
import type { TriggerSettings } from './serverless-file';

/** A URL inside a text, be that JSON or a sentence. */
const URL_IN_TEXT = /https?:\/\/[^\s"'<>\\,]+/g;
/** Where addresses stand that only Tencent's own network reaches. */
const PRIVATE_KEY = /intra|inner|internal/i;

/**
 * The function's public URL. Which field of the answers has it is documented nowhere, so every text is looked through;
 * undefined where there is none.
 * @param isLocal whether the answers come from a stand-in on this machine, whose addresses are on it too
 */
export function findPublicUrl(found: Found, wanted: TriggerSettings, isLocal: boolean): string | undefined {
  const { Environment: _ours, ...rest } = found.function; // a variable may hold any URL
  const urls = [triggerOf(found.triggers, wanted), found.triggers, rest]
    .flatMap((answer) => textsOf(answer))
    .flatMap((text) => text.match(URL_IN_TEXT) ?? [])
    .filter((url) => isPublic(url, isLocal));
  const best = urls.find((url) => url.startsWith('https://')) ?? urls[0];
  return best?.replace(/\/+$/, '');
}

/** The fixed addresses that the function leaves from, in whichever of the two fields they are. */
export function egressAddresses({ function: there }: Pick<Found, 'function'>): string[] {
  const addresses = [
    ...(there.PublicNetConfig?.EipConfig?.EipAddress ?? []),
    ...(there.EipConfig?.Eips ?? []),
  ];
  return [...new Set(addresses)].filter((address) => address !== '');
}

function isPublic(text: string, isLocal: boolean): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname } = new URL(text);
  return isLocal
    ? hostname === '127.0.0.1' || hostname === 'localhost'
    : hostname.endsWith('.tencentscf.com');
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') {
    // TriggerDesc is JSON in a text.
    const inner = /^\s*[{[]/.test(value) ? parsed(value) : undefined;
    return inner === undefined ? [value] : textsOf(inner);
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => (PRIVATE_KEY.test(key) ? [] : textsOf(item)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
