import { randomUUID } from 'node:crypto';

/** A new random id of 16 hexadecimal digits: short enough to be read out. Of a UUID, since Node keeps some ready. */
export function shortId(): string {
  const uuid = randomUUID();
  return uuid.slice(0, 8) + uuid.slice(-8);
}
