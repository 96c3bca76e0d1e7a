import { SessionMeter } from '../../../src/meter/frames/session-meter';
import { FIN_TEXT, serverFrame as frame } from './frames';

const created = JSON.stringify({ type: 'response.created', response: { id: 'r', usage: null } });
const done = (input: number, output: number, type = 'response.done') =>
  JSON.stringify({
    type,
    response: {
      model: 'gpt-realtime',
      usage: {
        total_tokens: input + output,
        input_tokens: input,
        output_tokens: output,
        input_token_details: { cached_tokens: 1, audio_tokens: 2 },
        output_token_details: { audio_tokens: 3 },
      },
    },
  });
const delta = JSON.stringify({
  type: 'response.output_text.delta',
  delta: '"response.done" "usage":{"input_tokens":9}',
});

function metering(bytes: Buffer, size = bytes.length) {
  const meter = new SessionMeter();
  for (let at = 0; at < bytes.length; at += size) meter.push(bytes.subarray(at, at + size));
  return meter.metering();
}

const last = done(30, 40);
const SESSION = Buffer.concat([
  frame(created),
  frame(delta),
  frame(done(10, 20)),
  frame('', 0x89), // a ping
  frame(created, FIN_TEXT, 64),
  frame(last.slice(0, 50), 0x01),
  frame('pong', 0x8a),
  frame(last.slice(50, 60), 0x00),
  frame(last.slice(60), 0x80),
]);

describe('The usage of a WebSocket session', () => {
  it('is the sum of its responses, wherever the bytes are cut', () => {
    for (let size = 1; size <= SESSION.length; size++) {
      expect([size, metering(SESSION, size)]).toMatchObject([
        size,
        {
          class: 'metered',
          model: 'gpt-realtime',
          usage: {
            ...{ input: 40, output: 60, cachedInput: 2, audioInput: 4, audioOutput: 6 },
            longestInput: 30,
          },
        },
      ]);
    }
  });

  it('is that of a response over the Responses API as well', () => {
    const bytes = Buffer.concat([frame(created), frame(done(1, 2, 'response.completed'))]);
    expect(metering(bytes)).toMatchObject({ class: 'metered', usage: { input: 1, output: 2 } });
  });

  it.each([
    ['a response has not ended', [frame(created), frame(done(10, 20)), frame(created)]],
    ['a response has no figures', [frame(created), frame(done(10, 20)), frame(created), frame(done(-1, 2))]],
    ['a message was too long to be kept', [frame(created), frame(done(10, 20)), frame('x'.repeat(270_000))]],
    ['a frame is compressed', [frame(created), frame(done(10, 20)), frame(done(1, 1), 0xc1)]],
    [
      'a frame is masked, as no server’s is',
      [frame(created), frame(done(10, 20)), Buffer.from([0x81, 0x80])],
    ],
    [
      'long fragments follow each other',
      [
        frame(created),
        frame(done(10, 20)),
        ...Array.from({ length: 9 }, (_, at) =>
          frame('x'.repeat(30_000), at === 0 ? 0x01 : at === 8 ? 0x80 : 0x00),
        ),
      ],
    ],
  ])('is partial if %s', (_why, frames) => {
    for (const size of [1, 1_000, 1e6])
      expect(metering(Buffer.concat(frames), size)).toMatchObject({
        class: 'partial',
        usage: { input: 10, output: 20 },
      });
  });

  it('is read in a message of 256 KB, however it is cut', () => {
    const padded = done(10, 20).replace('"type"', `"output":"${'x'.repeat(255_000)}","type"`);
    const halves = [frame(padded.slice(0, 90_000), 0x01), frame(padded.slice(90_000), 0x80)];
    for (const frames of [[frame(padded)], halves]) {
      for (const size of [7, 16_384, 1e6])
        expect(metering(Buffer.concat([frame(created), ...frames]), size)).toMatchObject({
          class: 'metered',
          usage: { input: 10, output: 20 },
        });
    }
  });

  it('has the input of its longest response, wherever that is, if it has several', () => {
    const inputs = [10, 70, 20].map((input) => frame(done(input, 1)));
    expect(metering(Buffer.concat(inputs)).usage).toMatchObject({ input: 100, longestInput: 70 });
    expect(metering(frame(done(70, 1))).usage).not.toHaveProperty('longestInput');
  });

  it('goes on behind a message that was skipped', () => {
    const frames = [frame('x'.repeat(270_000)), frame(created), frame(done(10, 20))];
    expect(metering(Buffer.concat(frames), 999)).toMatchObject({ class: 'partial', usage: { input: 10 } });
  });

  it('is not known if there was no response', () => {
    expect(metering(frame(delta))).toMatchObject({ class: 'unmetered', usage: undefined });
  });
});
