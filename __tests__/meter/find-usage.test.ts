import { modelIn, usageIn } from '../../src/meter/find-usage';

const usage = { a: 1 };

describe('a usage', () => {
  it.each([
    [{ usage }, { usage }],
    [{ usageMetadata: usage }, { usage }],
    [{ usage, usageMetadata: { b: 2 } }, { usage }],
    [{ usage: null, usageMetadata: usage }, { usage }],
    [
      { type: 'message_start', message: { usage } },
      { usage, part: 'start' },
    ],
    [
      { type: 'message_start', usage },
      { usage, part: 'start' },
    ],
    [
      { type: 'message_delta', usage },
      { usage, part: 'delta' },
    ],
    [{ type: 'message', usage }, { usage }],
    [{ type: 'response.completed', response: { usage } }, { usage }],
    [{ type: 'response.completed', usage }, { usage }],
    [{ event_type: 'interaction.complete', interaction: { usage } }, { usage }],
    [{ event_type: 'interaction.complete', usage }, { usage }],
    [{ x_groq: { usage } }, { usage }],
    [{ choices: [{ index: 0, usage }] }, { usage }],
    [{ choices: [{ usage }] }, { usage }],
    [{ choices: [{ index: 1, usage }] }, 'ambiguous'],
    [{ choices: [{ usage }, { usage }] }, 'ambiguous'],
    [{ choices: [{ usage }, {}] }, 'ambiguous'],
    [{ choices: [null, 7] }, undefined],
    [{ choices: [{ usage: 7 }] }, undefined],
    [{ choices: { usage } }, undefined],
    [{ usage: [] }, undefined],
    [{ usage: 7 }, undefined],
    [{ x_groq: { usage: 7 } }, undefined],
    [{ type: 'message', message: { usage } }, undefined],
    [{ type: 'responses', response: { usage } }, undefined],
    [{ type: 7, response: { usage } }, undefined],
    [{ event_type: 'interactions', interaction: { usage } }, undefined],
    [{ event_type: 7, interaction: { usage } }, undefined],
    [{}, undefined],
  ])('in %j is %j', (document, expected) => {
    expect(usageIn(document)).toEqual(expected);
  });
});

describe('a model', () => {
  it.each([
    [{ model: 'gpt-5' }, 'gpt-5'],
    [{ modelVersion: 'gemini' }, 'gemini'],
    [{ model: '', modelVersion: 'gemini' }, 'gemini'],
    [{ model: 'a', modelVersion: 'b' }, 'a'],
    [{ type: 'message_start', message: { model: 'claude' } }, 'claude'],
    [{ type: 'response.created', response: { model: 'gpt-5' }, model: 'other' }, 'gpt-5'],
    [{ event_type: 'interaction.start', interaction: { model: 'gemini' } }, 'gemini'],
    [{ model: 7 }, undefined],
    [{}, undefined],
    [{ model: 'x'.repeat(201) }, 'x'.repeat(200)],
    [{ model: 'é'.repeat(101) }, 'é'.repeat(100)],
    [{ model: 'é'.repeat(100) }, 'é'.repeat(100)],
  ])('in %j is %j', (document, expected) => {
    expect(modelIn(document)).toBe(expected);
  });
});
