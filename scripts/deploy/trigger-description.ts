import type { TriggerInfo } from './scf-api';

/** What `TriggerDesc` of a Function URL has of interest. It is JSON in a text, and from outside. */
export interface TriggerDescription {
  readonly AuthType?: unknown;
  readonly NetConfig?: {
    readonly EnableIntranet?: unknown;
    readonly EnableExtranet?: unknown;
    /** The public https address; others of its fields are internal, or plain http. */
    readonly ExtranetUrl?: unknown;
  };
  readonly CorsConfig?: { readonly Enable?: unknown } | null;
}

/** @returns an empty description if it cannot be read */
export function descriptionOf(trigger: Pick<TriggerInfo, 'TriggerDesc'> | undefined): TriggerDescription {
  try {
    return (JSON.parse(trigger?.TriggerDesc ?? '') ?? {}) as TriggerDescription;
  } catch {
    return {};
  }
}
