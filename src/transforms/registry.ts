import type { JsonBody } from '../json/json-body';
import { removeModerationFields } from './moderation-fields';
import { moveSystemMessage } from './move-system-message';
import type { Transform, TransformKind } from './transform';

/** Those that `MESSAGE_TRANSFORMS` can name. */
export const TRANSFORM_KINDS: readonly TransformKind[] = [moveSystemMessage];

/** Those that every chat goes through. */
export const STANDING_TRANSFORMS: readonly Transform[] = [removeModerationFields];

/** Runs a chat body through all of them; returns the same object if none changed it. */
export function transformChat(json: JsonBody, transforms: readonly Transform[]): JsonBody {
  return transforms.reduce((body, transform) => transform(body), json);
}
