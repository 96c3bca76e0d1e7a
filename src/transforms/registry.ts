import { removeModerationFields } from './moderation-fields';
import { moveSystemMessage } from './move-system-message';
import type { BodyFormat, Rule } from './rule';
import type { Transform, TransformKind } from './transform';

/** Those that `MESSAGE_TRANSFORMS` can name. */
export const TRANSFORM_KINDS: readonly TransformKind[] = [moveSystemMessage];

/** The formats of chats with a `messages` list. */
export const CHAT_FORMATS: readonly BodyFormat[] = ['chat', 'messages'];

/** Those that every chat goes through. */
export const STANDING_RULES: readonly Rule[] = [chatRule('moderation-fields', removeModerationFields)];

/** What a transform does to every chat. */
export function chatRule(name: string, apply: Transform): Rule {
  return { name, changes: [{ apply, formats: CHAT_FORMATS }] };
}
