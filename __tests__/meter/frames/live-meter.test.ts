import { LiveMeter } from '../../../src/meter/frames/live-meter';
import { FIN_BINARY, serverFrame } from './frames';

/** Google's form: JSON with line ends, in binary messages. */
const message = (of: object) => serverFrame(`${JSON.stringify(of, null, 2)}\n`, FIN_BINARY);
const ready = message({ setupComplete: {} });
const audio = message({
  serverContent: {
    modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data: 'AAAA'.repeat(900) } }] },
  },
});
const end = message({ serverContent: { turnComplete: true } });
const usageOf = (prompt: number, response: number) => ({
  promptTokenCount: prompt,
  responseTokenCount: response,
  totalTokenCount: prompt + response,
});
const told = (prompt: number, response: number) => message({ usageMetadata: usageOf(prompt, response) });
const ended = (prompt: number, response: number) =>
  message({ serverContent: { turnComplete: true }, usageMetadata: usageOf(prompt, response) });

function metering(frames: readonly Buffer[], size = 1e6) {
  const meter = new LiveMeter();
  const bytes = Buffer.concat(frames);
  for (let at = 0; at < bytes.length; at += size) meter.push(bytes.subarray(at, at + size));
  return meter.metering();
}

/** What gemini-3.8-live has sent: https://discuss.ai.google.dev/t/188765. The total leaves out the thoughts. */
const RECORDED = {
  promptTokenCount: 522,
  responseTokenCount: 42,
  totalTokenCount: 564,
  promptTokensDetails: [
    { modality: 'TEXT', tokenCount: 332 },
    { modality: 'AUDIO', tokenCount: 165 },
  ],
  responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 42 }],
  thoughtsTokenCount: 136,
};

describe('The usage of a session of Gemini’s Live API', () => {
  it('has thoughts in the output, what tools add in the input, and audio from the details', () => {
    const usageMetadata = {
      ...RECORDED,
      cachedContentTokenCount: 100,
      toolUsePromptTokenCount: 8,
      toolUsePromptTokensDetails: [{ modality: 'AUDIO', tokenCount: 5 }],
    };
    const recorded = message({ serverContent: { turnComplete: true }, usageMetadata });
    expect(metering([ready, audio, recorded])).toMatchObject({
      class: 'metered',
      usage: {
        input: 530,
        cachedInput: 100,
        output: 178,
        reasoning: 136,
        audioInput: 170,
        audioOutput: 42,
      },
    });
  });

  it('says when it grows, how many turns it is of, and where a frame may stand', () => {
    const seen: unknown[] = [];
    const meter = new LiveMeter(() => {
      seen.push([meter.metering().responses, meter.isBetweenMessages]);
    });
    meter.push(Buffer.concat([ready, audio, told(10, 1), audio, ended(10, 3), audio, ended(20, 4)]));
    expect(seen).toEqual([
      [{ begun: 1, untold: 0 }, true],
      [{ begun: 1, untold: 0 }, true],
      [{ begun: 2, untold: 0 }, true],
    ]);
    meter.push(audio);
    expect(meter.metering()).toMatchObject({ class: 'partial', responses: { begun: 3, untold: 1 } });
    expect(meter.meteringOfEnded()).toMatchObject({ class: 'metered', responses: { begun: 2, untold: 0 } });
    meter.push(audio.subarray(0, 9));
    expect(meter.isBetweenMessages).toBe(false);
  });

  it('is the sum of its turns, wherever the bytes are cut', () => {
    // https://github.com/pydantic/pydantic-ai/pull/7269
    const session = [ready, audio, ended(143, 19), audio, ended(181, 24), audio, ended(224, 24)];
    for (const size of [1, 2, 7, 100, 1_000, 1e6])
      expect(metering(session, size)).toMatchObject({
        class: 'metered',
        model: undefined,
        usage: { input: 548, output: 67 },
      });
  });

  it.each<[string, readonly Buffer[], number, number]>([
    ['a turn tells it before it ends', [audio, told(10, 3), end, audio, told(15, 4), end], 25, 7],
    ['a turn tells it after its end', [audio, end, told(10, 3), audio, end, told(10, 4)], 20, 7],
    ['two turns have the same figures', [audio, ended(10, 3), audio, ended(10, 3)], 20, 6],
    ['a turn counts up to its end', [audio, told(10, 1), audio, told(10, 2), audio, ended(10, 3)], 10, 3],
    [
      'a turn calls a tool, and goes on with what that returned',
      [message({ toolCall: { functionCalls: [] } }), told(10, 3), audio, ended(40, 5)],
      50,
      8,
    ],
    ['there was no output', [ready, ended(10, 0)], 10, 0],
    ['Vertex AI names it otherwise', [vertex()], 6, 2],
  ])('counts each generation once where %s', (_what, frames, input, output) => {
    expect(metering(frames)).toMatchObject({ class: 'metered', usage: { input, output } });
  });

  it.each<[string, readonly Buffer[]]>([
    ['the last turn has not told it', [audio, ended(10, 3), audio]],
    ['a tool was called that nothing followed', [audio, ended(10, 3), message({ toolCall: {} })]],
    ['a usage cannot be', [audio, ended(10, 3), audio, ended(-1, 3)]],
    [
      'a message was too long to be kept',
      [audio, ended(10, 3), serverFrame('x'.repeat(270_000), FIN_BINARY)],
    ],
    ['a frame is compressed', [audio, ended(10, 3), serverFrame('x', 0xc2)]],
  ])('is partial if %s', (_why, frames) => {
    expect(metering(frames)).toMatchObject({ class: 'partial', usage: { input: 10, output: 3 } });
  });

  it('is partial without figures if none came', () => {
    expect(metering([ready, audio])).toMatchObject({ class: 'partial', usage: undefined });
  });

  it('is not known of a session without a turn', () => {
    expect(metering([ready])).toMatchObject({ class: 'unmetered', usage: undefined });
  });

  it('is never read from what a model says, or what it gives to a tool', () => {
    const decoy = { usageMetadata: usageOf(7, 7) };
    const says = message({ serverContent: { modelTurn: { parts: [{ text: JSON.stringify(decoy) }] } } });
    const calls = message({ toolCall: { functionCalls: [{ args: decoy }] } });
    expect(metering([says, calls, ended(10, 3)])).toMatchObject({
      class: 'metered',
      usage: { input: 10, output: 3 },
    });
  });
});

function vertex(): Buffer {
  const usageMetadata = { promptTokenCount: 6, candidatesTokenCount: 2, totalTokenCount: 8 };
  return message({ serverContent: { turnComplete: true }, usageMetadata });
}
