import { JsonBody } from './json-body';
import { membersOf, type Span } from './json-scan';
import type { TransformKind } from './transform';

/** `"system"` and the like, as the bytes of a message's `role`. */
function roleOf(body: Buffer, message: Span): string | undefined {
  const role = membersOf(body, message)?.find((member) => member.key === 'role')?.value;
  return role && body.toString('latin1', role.start, role.end);
}

/**
 * Where the system message goes. Answers of tools must follow the call that they answer, or the upstream refuses the
 * whole chat: in front of such an answer it moves up, to before the call.
 */
function targetIndex(body: Buffer, messages: readonly Span[], fromEnd: number): number {
  let target = messages.length - fromEnd;
  for (let next = messages[target + 1]; next && target > 0; next = messages[target + 1]) {
    const role = roleOf(body, next);
    if (role !== '"tool"' && role !== '"function"') break;
    target--;
  }
  return target;
}

/** The array's text with the element at `from` standing at `to`; what stands between the elements stays. */
function moveElement(body: Buffer, elements: readonly Span[], from: number, to: number): Buffer {
  const order = elements.map((_, at) => at);
  order.splice(to, 0, ...order.splice(from, 1));
  let copied = 0;
  const parts: Buffer[] = [];
  elements.forEach((slot, at) => {
    const element = elements[order[at] ?? at] ?? slot;
    parts.push(body.subarray(copied, slot.start), body.subarray(element.start, element.end));
    copied = slot.end;
  });
  parts.push(body.subarray(copied));
  return Buffer.concat(parts);
}

/** `move-system-message:N`: a leading system message moves to N-th from the end, in chats of more than N + 1 messages. */
export const moveSystemMessage: TransformKind = {
  name: 'move-system-message',
  about:
    "`move-system-message:N` moves a leading system message to N-th from the end in chats of more than N + 1 messages, which keeps a long conversation's instructions fresh.",
  arm(argument) {
    if (!/^[1-9]\d?$/.test(argument)) return undefined;
    const fromEnd = Number(argument);
    return (json) => {
      const { bytes, members } = json;
      const elements = members?.find((member) => member.key === 'messages')?.elements;
      const first = elements?.[0];
      if (!first || elements.length <= fromEnd + 1 || roleOf(bytes, first) !== '"system"') return json;
      const target = targetIndex(bytes, elements, fromEnd);
      return target === 0 ? json : new JsonBody(moveElement(bytes, elements, 0, target));
    };
  },
};
