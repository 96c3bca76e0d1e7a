import fc from 'fast-check';
import { JsonBody } from '../../src/json/json-body';
import type { Transform } from '../../src/transforms/transform';

/** A member as it is written: white space, name, white space, colon, white space, value, white space. */
export interface MemberText {
  readonly before: string;
  readonly key: string;
  readonly colon: string;
  readonly value: string;
  readonly behind: string;
}

const space = fc.constantFrom('', '', ' ', '\n', '\t \r\n');

const value = fc.oneof(
  fc.jsonValue().map((any) => JSON.stringify(any)),
  fc.constantFrom('1.0', '-1', '12345678901234567890', '1e2', '4096', '4097', 'null', '"\\ud800"', '"\\/{,"'),
);

/** Names with and without escapes. */
const escaped = (name: string) => `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`;

/** Members of an object, of which each name may be there several times. */
export function memberTexts(names: readonly string[]): fc.Arbitrary<readonly MemberText[]> {
  const name = fc.constantFrom(...names, ...names.map(escaped), 'other', '', 'a,b');
  return fc.array(
    fc.record({
      before: space,
      key: name,
      colon: fc.tuple(space, space).map(([one, other]) => `${one}:${other}`),
      value,
      behind: space,
    }),
    { maxLength: 8 },
  );
}

export function written(members: readonly MemberText[], inside = ' '): string {
  const texts = members.map(
    ({ before, key, colon, value: text, behind }) => `${before}"${key}"${colon}${text}${behind}`,
  );
  return `\n{${members.length === 0 ? inside : texts.join(',')}} \n`;
}

/** A name as JSON.parse gives it. */
export const nameOf = ({ key }: MemberText) => JSON.parse(`"${key}"`) as string;

export function run(transform: Transform, text: string): string {
  return transform(new JsonBody(Buffer.from(text))).bytes.toString();
}
