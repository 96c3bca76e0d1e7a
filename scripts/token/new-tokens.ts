import { randomInt } from 'node:crypto';
import { TOKEN_NAME } from '../../src/config/parsers/secrets';

/** Characters that need no escaping in a URL's path, a header, a shell and a YAML file. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** 190 bits. */
const LENGTH = 32;
const MAX_COUNT = 100;

/** Items for ACCESS_TOKENS, each with a new token; `undefined` if the name or count is invalid. */
export function newTokens({
  name,
  count,
}: {
  readonly name?: string | undefined;
  readonly count: number;
}): readonly string[] | undefined {
  if (!(count >= 1 && count <= MAX_COUNT)) return undefined;
  const names = Array.from({ length: count }, (_, at) =>
    name === undefined || count === 1 ? name : `${name}-${at + 1}`,
  );
  if (!names.every((one) => one === undefined || TOKEN_NAME.test(one))) return undefined;
  return names.map((one) => (one === undefined ? newToken() : `${one}:${newToken()}`));
}

function newToken(): string {
  return Array.from({ length: LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
}
