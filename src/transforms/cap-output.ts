import { memberNamed, membersOf, type Member } from '../json/scan';
import { spliced, type Edit } from './splice';
import type { Transform } from './transform';

/** What OpenAI's and Anthropic's formats call the most tokens of a response; a request may have one of them. */
export const OUTPUT_LIMITS: readonly string[] = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'];

/** Gemini's own, inside of these; its API takes both ways of writing. */
const GEMINI_CONFIGS = ['generationConfig', 'generation_config'];
const GEMINI_LIMITS: readonly string[] = ['maxOutputTokens', 'max_output_tokens'];

/** Anthropic's: it must be below `max_tokens`, and not below the minimum. */
const THINKING_BUDGETS: readonly string[] = ['budget_tokens'];
const MIN_THINKING_BUDGET = 1_024;

/** No number that matters is longer. */
const MAX_NUMBER_BYTES = 20;

/**
 * Lowers the most tokens that a response may have to `most`, under each name that the body has for it. What is no number
 * from 0 to that gets it as well, such as -1 and null, which mean any amount. A body without such a member stays as it is.
 *
 * A thinking budget that the limit would make invalid becomes half of it:
 * https://platform.claude.com/docs/en/build-with-claude/extended-thinking
 */
export function capOutput(most: number): Transform {
  const budget = Math.max(MIN_THINKING_BUDGET, Math.floor(most / 2));
  return (json) => {
    const { bytes, members } = json;
    if (!members) return json;
    const lowered = (at: readonly Member[], names: readonly string[], limit: number, to: number) =>
      at.flatMap(({ key, value }): Edit[] => {
        if (key === undefined || !names.includes(key)) return [];
        const isShort = value.end - value.start <= MAX_NUMBER_BYTES;
        const text = isShort ? bytes.toString('latin1', value.start, value.end) : '';
        return isNumberUpTo(limit, text) ? [] : [{ ...value, text: String(to) }];
      });
    const inside = (name: string): readonly Member[] => {
      const value = memberNamed(members, name)?.value;
      return (value && membersOf(bytes, value)) ?? [];
    };
    return spliced(json, [
      ...lowered(members, OUTPUT_LIMITS, most, most),
      ...GEMINI_CONFIGS.flatMap((name) => lowered(inside(name), GEMINI_LIMITS, most, most)),
      ...(budget < most ? lowered(inside('thinking'), THINKING_BUDGETS, most - 1, budget) : []),
    ]);
  };
}

function isNumberUpTo(most: number, text: string): boolean {
  return /^\d/.test(text) && Number(text) <= most;
}
