import type { Header } from '../../http/header';
import type { RawHeaders } from '../../http/filter-headers';

/** The headers without those of these names. @param dropped in lower case */
export function withoutHeaders(raw: RawHeaders, dropped: ReadonlySet<string>): RawHeaders {
  if (dropped.size === 0) return raw;
  return raw.filter((_, at) => !dropped.has((raw[at - (at % 2)] ?? '').toLowerCase()));
}

/** The headers with more of them; those that are there with the same value are not added again. */
export function withHeaders(raw: RawHeaders, added: readonly Header[]): string[] {
  const missing = added.filter(([name, value]) => !hasHeader(raw, name, value));
  // A request has one at most.
  const isReplaced = missing.some(([name]) => name.toLowerCase() === 'user-agent');
  const kept = isReplaced ? withoutHeaders(raw, new Set(['user-agent'])) : raw;
  return [...kept, ...missing.flat()];
}

/** Whether there is a header of this name, with this value if one is given. */
export function hasHeader(raw: RawHeaders, name: string, value?: string): boolean {
  const lower = name.toLowerCase();
  return raw.some(
    (_, at) =>
      at % 2 === 0 && raw[at]?.toLowerCase() === lower && (value === undefined || raw[at + 1] === value),
  );
}
