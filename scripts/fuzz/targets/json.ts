import { beginningOfJson, endOfJson, lastMembers } from '../../../src/meter/text/partial-json';
import {
  elementsOf,
  memberNamed,
  membersOf,
  rootMembers,
  stringMember,
  type Member,
} from '../../../src/json/scan';
import { expectSame, expectThat, type Target } from '../target';

const CORPUS = [
  '{"model":"gpt-5-mini","messages":[{"role":"user","content":"hello \\"you\\"\\n"}],"stream":true}',
  '{"model":"claude","max_tokens":1024,"system":[{"type":"text","text":"\\\\"}],"temperature":0.5e-3}',
  ' {\n\t"a" : [1,-0, 2.50E+7, true,false,null, {}, [] ] , "mod\\u0065l":"x"}\r\n',
  `{"input":"${'lorem ipsum '.repeat(30)}","model":"m","user":"\ud83d\ude42\u4f60"}`,
  '{"a":{"b":{"c":[{"d":"}"},"]"]}},"usage":{"prompt_tokens":3}}',
];
const WORDS = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '\\"',
    '\\\\',
    '\\u0041',
    '\\ud800',
    '"a"',
    '"model"',
    '"model":"x"',
  ],
  ...[
    '1',
    '-',
    '-0',
    '01',
    '1.',
    '.5',
    '1e',
    '1E+5',
    'true',
    'null',
    'false',
    'nul',
    ' ',
    '\n',
    '\u00a0',
    '\ufeff',
    '{}',
    '[]',
    '""',
    '[{',
  ],
];

export const jsonScan: Target<readonly Member[] | undefined> = {
  name: 'json-scan',
  about: 'rootMembers, stringMember, elementsOf; JSON.parse',
  corpus: CORPUS,
  words: WORDS,
  maxLength: 256 * 1_024,
  subject: (input) => rootMembers(Buffer.from(input)),
  compare(input, members) {
    const bytes = Buffer.from(input);
    const text = bytes.toString();
    const whole = objectIn(text);
    if (!members) {
      // Deeper than any chat, or of more members than any request.
      const isHuge = text.length > 4_000 || depthOf(text) > 250;
      expectThat('what JSON.parse reads is read', whole === undefined || isHuge);
      return;
    }
    if (!whole) {
      // What is inside strings is not checked.
      const bare = text.replace(/"(?:[^"\\]|\\[^])*"/g, '""');
      expectThat('it would be JSON if its strings were', objectIn(bare) !== undefined);
      return;
    }
    for (const name of Object.keys(whole)) {
      if (Buffer.byteLength(JSON.stringify(name)) > 128) continue;
      const member = memberNamed(members, name);
      const value: unknown =
        member && JSON.parse(bytes.toString('utf8', member.value.start, member.value.end));
      expectSame(`the member ${name}`, value, whole[name]);
      const string = stringMember(bytes, members, name, 1e9);
      expectSame(
        'its string',
        string,
        typeof whole[name] === 'string' && whole[name] !== '' ? whole[name] : undefined,
      );
      if (!member || bytes.length > 4_000) continue;
      const elements = Array.isArray(whole[name]) ? elementsOf(bytes, member.value) : undefined;
      if (elements) expectSame('its elements', elements.length, (whole[name] as unknown[]).length);
      const inner = membersOf(bytes, member.value);
      expectSame('whether it is an object', inner !== undefined, isObject(whole[name]));
    }
  },
};

type Cut = readonly [head: unknown, tail: unknown, last: unknown];

export const partialJson: Target<Cut> = {
  name: 'partial-json',
  about: 'beginningOfJson, endOfJson, lastMembers of a cut text; JSON.parse of the whole',
  corpus: CORPUS,
  words: [...WORDS, '"usage":{', '"usage":'],
  maxLength: 64 * 1_024,
  subject(input, random) {
    const at = random.below(input.length + 1);
    return [beginningOfJson(input.slice(0, at)), endOfJson(input.slice(at)), lastMembers(input, 'usage')];
  },
  compare(input, [head, end, last]) {
    const whole = objectIn(input);
    if (!whole) return;
    const keys = Object.keys(whole);
    // Where a name is there twice, a part cannot know of the other one.
    if (
      new Set(input.match(/"(?:[^"\\]|\\[^])*"(?=\s*:)/g)).size <
      (input.match(/"(?:[^"\\]|\\[^])*"(?=\s*:)/g) ?? []).length
    )
      return;
    if (isObject(head))
      for (const [name, value] of Object.entries(head))
        if (!isObject(value) && !Array.isArray(value))
          expectSame(`the beginning's ${name}`, value, whole[name]);
    const outer = isObject(end) ? end['outer'] : undefined;
    if (isObject(outer))
      for (const [name, value] of Object.entries(outer)) expectSame(`the end's ${name}`, value, whole[name]);
    if (isObject(last))
      expectThat(
        'the last members are members',
        Object.keys(last).every((name) => keys.includes(name)),
      );
  },
};

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth);
    else if (character === '}' || character === ']') depth--;
  }
  return deepest;
}
