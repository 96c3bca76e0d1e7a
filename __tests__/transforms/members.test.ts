import fc from 'fast-check';
import { JsonBody } from '../../src/json/json-body';
import { capOutput } from '../../src/transforms/cap-output';
import { dropMembers } from '../../src/transforms/drop-members';
import { defaultMembers, setMembers } from '../../src/transforms/set-members';
import { memberTexts, nameOf, run, written, type MemberText } from './member-texts';

const NAMES = ['temperature', 'store', 'max_tokens'];
const TEXTS = new Map([
  ['temperature', '0.5'],
  ['store', '{"é":[null]}'],
]);
const parsed = (text: string) => JSON.parse(text) as Record<string, unknown>;

/** What stands behind the last value, in place of nothing. */
function withAdded(members: readonly MemberText[], added: readonly string[]): string {
  if (added.length === 0) return written(members);
  const last = members.at(-1);
  const text = added.map((name) => `"${name}":${TEXTS.get(name)}`).join(',');
  if (!last) return written([], `${text} `);
  return written([...members.slice(0, -1), { ...last, value: `${last.value},${text}` }]);
}

describe('defaultMembers', () => {
  it('adds what is missing behind the last member, and leaves every other byte', () => {
    fc.assert(
      fc.property(memberTexts(NAMES), (members) => {
        const names = members.map(nameOf);
        const missing = [...TEXTS.keys()].filter((name) => !names.includes(name));
        const after = run(defaultMembers(TEXTS), written(members));
        expect(after).toBe(withAdded(members, missing));
        const expected = { temperature: 0.5, store: { é: [null] }, ...parsed(written(members)) };
        expect(parsed(after)).toEqual(expected);
      }),
    );
  });

  it.each([
    ['{"model":"m"}', '{"model":"m","max_tokens":9}'],
    ['{"max_completion_tokens":null}', '{"max_completion_tokens":null}'],
    ['{"max_output_tokens":5}', '{"max_output_tokens":5}'],
  ])('adds no second name of the output limit: %s', (before, after) => {
    expect(run(defaultMembers(new Map([['max_tokens', '9']])), before)).toBe(after);
  });
});

describe('setMembers', () => {
  it('replaces each value of these names, adds what is missing, and leaves every other byte', () => {
    fc.assert(
      fc.property(memberTexts(NAMES), (members) => {
        const names = members.map(nameOf);
        const missing = [...TEXTS.keys()].filter((name) => !names.includes(name));
        const changed = members.map((member) => ({
          ...member,
          value: TEXTS.get(nameOf(member)) ?? member.value,
        }));
        const after = run(setMembers(TEXTS), written(members));
        expect(after).toBe(withAdded(changed, missing));
        const expected = { ...parsed(written(members)), temperature: 0.5, store: { é: [null] } };
        expect(parsed(after)).toEqual(expected);
      }),
    );
  });

  it('returns the same body if nothing changes', () => {
    const body = new JsonBody(Buffer.from('{"store":{"é":[null]}, "temperature" : 0.5}'));
    expect(setMembers(TEXTS)(body)).toBe(body);
  });
});

describe('dropMembers', () => {
  const isDropped = (member: MemberText) => TEXTS.has(nameOf(member));

  /** With the white space of what is gone where its neighbour meets it. */
  function without(members: readonly MemberText[]): string {
    const kept: MemberText[] = [];
    let opening: string | undefined;
    for (const member of members) {
      if (isDropped(member)) opening ??= member.before;
      else {
        kept.push({ ...member, before: opening ?? member.before });
        opening = undefined;
      }
    }
    const last = members.at(-1);
    const lastKept = kept.pop();
    if (!last || opening === undefined) return written(lastKept ? [...kept, lastKept] : []);
    return lastKept
      ? written([...kept, { ...lastKept, behind: last.behind }])
      : written([], opening + last.behind);
  }

  it('takes these names out with one comma each, and leaves every other byte', () => {
    fc.assert(
      fc.property(memberTexts(NAMES), (members) => {
        const after = run(dropMembers(TEXTS.keys()), written(members));
        expect(after).toBe(without(members));
        const { temperature: _one, store: _other, ...expected } = parsed(written(members));
        expect(parsed(after)).toEqual(expected);
      }),
    );
  });
});

describe('capOutput', () => {
  const LIMITS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'];
  const isWithin = (text: string) => /^\d/.test(text) && Number(text) <= 4096 && text.length <= 20;

  it('lowers each limit in place, and leaves every other byte', () => {
    fc.assert(
      fc.property(memberTexts([...LIMITS, 'n']), (members) => {
        const lowered = members.map((member) =>
          LIMITS.includes(nameOf(member)) && !isWithin(member.value) ? { ...member, value: '4096' } : member,
        );
        expect(run(capOutput(4096), written(members))).toBe(written(lowered));
      }),
    );
  });

  it.each([
    ['what is below', '{"max_tokens":4096,"max_completion_tokens":0}', undefined],
    ['a body without a limit', '{"model":"m"}', undefined],
    ['any amount, as null', '{"max_tokens":null}', '{"max_tokens":4096}'],
    ['any amount, as -1', '{"max_tokens":-1}', '{"max_tokens":4096}'],
    ['a number in a string', '{"max_tokens":"99999"}', '{"max_tokens":4096}'],
    ['a number with an exponent', '{"max_tokens":1e9}', '{"max_tokens":4096}'],
    ['a name with escapes', '{"max\\u005ftokens":9999}', '{"max\\u005ftokens":4096}'],
    [
      'Gemini’s configuration',
      '{"generationConfig": {"temperature":1.0, "maxOutputTokens" : 8192}}',
      '{"generationConfig": {"temperature":1.0, "maxOutputTokens" : 4096}}',
    ],
    [
      'Gemini’s configuration in its other spelling',
      '{"generation_config":{"max_output_tokens":8192}}',
      '{"generation_config":{"max_output_tokens":4096}}',
    ],
    [
      'a thinking budget that would no longer be below the limit',
      '{"max_tokens":32000,"thinking":{"type":"enabled","budget_tokens":31999}}',
      '{"max_tokens":4096,"thinking":{"type":"enabled","budget_tokens":2048}}',
    ],
    [
      'a limit alone, if the thinking budget is below it',
      '{"max_tokens":32000,"thinking":{"type":"enabled","budget_tokens":4095}}',
      '{"max_tokens":4096,"thinking":{"type":"enabled","budget_tokens":4095}}',
    ],
    ['no limit inside a message', '{"messages":[{"max_tokens":9999}]}', undefined],
    ['no JSON', '{"max_tokens":9999', undefined],
  ])('changes %s', (_what, before, after = before) => {
    expect(run(capOutput(4096), before)).toBe(after);
  });
});
