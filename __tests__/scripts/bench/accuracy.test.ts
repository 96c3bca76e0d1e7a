import { caseOf, FORMATS } from '../../../scripts/bench/accuracy/cases';
import { CONDITIONS } from '../../../scripts/bench/accuracy/conditions';
import { judge, type LogLine } from '../../../scripts/bench/accuracy/judge';
import { Tally } from '../../../scripts/bench/accuracy/report';

const SAME = { bytesAreSame: true };

/** The first case of this condition and of a format that is a chat of OpenAI's. */
function chatUnder(condition: string) {
  for (let index = 0; ; index++) {
    const one = caseOf(index, 1);
    if (one.format.name === 'OpenAI chat' && one.format.isStream && one.condition.name === condition)
      return one;
  }
}

const complete = chatUnder('complete, cut at random');
const told: LogLine = { meter: 'metered', ...complete.truth.final };

describe('The bench of accuracy', () => {
  it('plays every format under every condition that suits it', () => {
    const played = new Set(
      Array.from({ length: 600 }, (_, index) => caseOf(index, 1)).map(
        ({ format, condition }) => `${format.name} ${String(format.isStream)} ${condition.name}`,
      ),
    );
    const streams = FORMATS.filter(({ isStream }) => isStream).length;
    expect(played.size).toBe(FORMATS.length * (CONDITIONS.length - 1) + streams);
  });

  it('plays the same case for the same number and seed', () => {
    const [one, other] = [caseOf(77, 5), caseOf(77, 5)];
    expect(one.chunks.map(String)).toEqual(other.chunks.map(String));
    expect(one.truth).toEqual(other.truth);
    expect(caseOf(77, 6).chunks.map(String)).not.toEqual(one.chunks.map(String));
  });

  it('finds nothing wrong with the provider’s own figures', () => {
    expect(judge(complete, told, SAME)).toEqual({ class: 'metered', isMissed: false, wrong: undefined });
  });

  it('counts figures that were told and are not in the log as missed, not as wrong', () => {
    expect(judge(complete, { meter: 'unmetered' }, SAME)).toEqual({
      class: 'unmetered',
      isMissed: true,
      wrong: undefined,
    });
  });

  it.each([
    ['a line that is missing', complete, undefined, /no line/],
    ['another figure', complete, { ...told, output_tokens: 7 }, /output_tokens is 7, not \d+/],
    ['a figure that was not told', complete, { ...told, images: 1 }, /images is 1, not undefined/],
    ['figures without a class', complete, { ...told, meter: undefined }, /no class/],
    ['figures of an unmetered response', complete, { ...told, meter: 'unmetered' }, /unmetered, but with/],
    ['metered without usage', chatUnder('without usage'), { meter: 'metered' }, /no final figures/],
    ['figures of a text', chatUnder('the client leaves'), { meter: 'partial', input_tokens: 7 }, /not told/],
  ])('finds %s wrong', (_what, one, line, mistake) => {
    expect(judge(one, line, SAME).wrong).toMatch(mistake);
  });

  it('finds a response wrong of which the client got other bytes', () => {
    expect(judge(complete, told, { bytesAreSame: false }).wrong).toBe('the client got other bytes');
  });

  it('sums up by format and condition, in the order of its lists', () => {
    const tally = new Tally();
    tally.add(chatUnder('without usage'), { class: 'unmetered', isMissed: false, wrong: undefined });
    tally.add(complete, { class: 'metered', isMissed: false, wrong: 'x' });
    const { requests, formats, conditions } = tally.results(1);
    expect(requests).toBe(2);
    expect(formats).toEqual({
      'OpenAI chat, streamed': { requests: 2, metered: 1, partial: 0, unmetered: 1, missed: 0, wrong: 1 },
    });
    expect(Object.keys(conditions)).toEqual(['complete, cut at random', 'without usage']);
  });
});
