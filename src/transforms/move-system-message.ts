import { JsonBody } from '../json/json-body';
import { plainMessage } from '../json/plain-message';
import { memberNamed, membersOf, type ObjectSpan, type Span } from '../json/scan';
import type { TransformKind } from './transform';

/** `system` and the like, as it is written in a message. */
function roleOf(body: Buffer, message: ObjectSpan): string | undefined {
  const plain = plainMessage(body, message);
  if (plain) return plain.role;
  const members = membersOf(body, message);
  const role = members && memberNamed(members, 'role')?.value;
  return role && body.toString('latin1', role.start + 1, role.end - 1);
}

/**
 * The new index of the system message. Tool results must directly follow their call, or the upstream rejects the
 * whole chat: the message is placed before the call, not between a call and its results.
 */
function targetIndex(body: Buffer, messages: readonly ObjectSpan[], behind: number): number {
  let target = messages.length - 1 - behind;
  for (let next = messages[target + 1]; next && target > 0; next = messages[target + 1]) {
    const role = roleOf(body, next);
    if (role !== 'tool' && role !== 'function') break;
    target--;
  }
  return target;
}

/** The array's text with its first element standing at `to`; what stands between the elements stays. */
function moveFirst(body: Buffer, elements: readonly Span[], to: number): Buffer {
  let copied = 0;
  const parts: Buffer[] = [];
  elements.slice(0, to + 1).forEach((slot, at) => {
    const element = elements[at === to ? 0 : at + 1] ?? slot;
    parts.push(body.subarray(copied, slot.start), body.subarray(element.start, element.end));
    copied = slot.end;
  });
  parts.push(body.subarray(copied));
  return Buffer.concat(parts);
}

/** `move-system-message:N`: a leading system message moves to before the last N messages, in chats of more than N + 1. */
export const moveSystemMessage: TransformKind = {
  name: 'move-system-message',
  about:
    "`move-system-message:N` moves a leading system message to before the last N messages in chats of more than N + 1, which keeps a long conversation's instructions fresh.",
  arm(argument) {
    if (!/^[1-9]\d?$/.test(argument)) return undefined;
    const behind = Number(argument);
    return (json) => {
      const { bytes, members } = json;
      const elements = members && memberNamed(members, 'messages')?.elements;
      const first = elements?.[0];
      if (!first || elements.length <= behind + 1 || roleOf(bytes, first) !== 'system') return json;
      const target = targetIndex(bytes, elements, behind);
      return target === 0 ? json : new JsonBody(moveFirst(bytes, elements, target));
    };
  },
};
