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

  // Instructions and tools stand in the end of a response, so that it was too long to be read.
  it.each<[string, string]>([
    ['Responses', `{"type":"response.completed","response":{"id":"r","model":"m-1","instructions":"LONG",`],
    [
      'Realtime',
      `{"type":"response.done","event_id":"e","response":{"object":"realtime.response","output":["LONG"],`,
    ],
    ['a name before the type', `{"event_id":"e","type":"response.done","response":{"output":[{"a":"LONG"}],`],
  ])('is read in a long end of a response: %s', (_api, beginning) => {
    for (const length of [262_000, 300_000, 3_000_000]) {
      const text = `${beginning.replace('LONG', 'x"usage":{},\\\\y'.repeat(length / 14).replaceAll('"', '\\"'))}"usage":{"input_tokens":10,"output_tokens":20,"input_tokens_details":{"cached_tokens":4}},"metadata":{}},"sequence_number":9}`;
      JSON.parse(text);
      const frames = [frame(created), frame(text), frame(created), frame(done(1, 2))];
      for (const size of [999, 65_536, 1e7])
        expect(metering(Buffer.concat(frames), size)).toMatchObject({
          class: 'metered',
          usage: { input: 11, output: 22 },
        });
      expect(metering(Buffer.concat(frames.slice(0, 2))).usage).toMatchObject({ input: 10, cachedInput: 4 });
    }
  });

  it.each([
    ['its type is the last member', `{"response":{"a":"LONG","usage":USAGE},"type":"response.done"}`],
    [
      'the usage stands before what is long',
      `{"type":"response.done","response":{"usage":USAGE,"a":"LONG"}}`,
    ],
  ])('is read in a long end of a response if %s', (_where, text) => {
    const bytes = frame(
      text
        .replace('LONG', 'x'.repeat(300_000))
        .replace(
          'USAGE',
          '{"input_tokens":10,"output_tokens":20,"input_tokens_details":{"cached_tokens":4}}',
        ),
    );
    expect(metering(Buffer.concat([frame(created), bytes]))).toMatchObject({
      class: 'metered',
      usage: { input: 10, output: 20, cachedInput: 4 },
    });
  });

  it('misses nothing in a long message that ends no response', () => {
    const long = (type: string) => frame(`{"type":"${type}","delta":"${'A'.repeat(400_000)}"}`);
    const session = [frame(created), long('response.output_audio.delta'), frame(done(10, 20))];
    expect(metering(Buffer.concat(session), 4_096)).toMatchObject({ class: 'metered', usage: { input: 10 } });
    const begun = `{"type":"response.created","response":{"id":"r","tools":["${'A'.repeat(400_000)}"],"usage":null}}`;
    expect(metering(frame(begun))).toMatchObject({ class: 'partial', responses: { begun: 1, untold: 1 } });
    expect(metering(Buffer.concat([frame(begun), frame(done(1, 2))]))).toMatchObject({ class: 'metered' });
  });

  it.each([
    [
      'its type is not at the beginning',
      `{"a":"${'x'.repeat(9_000)}","type":"response.done","b":"LONG","usage":1}`,
    ],
    ['it is no JSON', '"type":"response.done" LONG'],
    ['its end cannot be read', '{"type":"response.done","response":{"a":"LONG'],
  ])('is not known of a long message if %s', (_why, text) => {
    const bytes = frame(text.replace('LONG', 'x'.repeat(300_000)));
    expect(metering(Buffer.concat([frame(created), frame(done(10, 20)), bytes]))).toMatchObject({
      class: 'partial',
      usage: { input: 10 },
    });
  });

  it('is partial if the long end of a response tells none', () => {
    const text = `{"type":"response.failed","response":{"error":{"a":"${'x'.repeat(300_000)}"},"usage":null,"b":1}}`;
    expect(metering(Buffer.concat([frame(created), frame(text)]))).toMatchObject({
      class: 'partial',
      usage: undefined,
      responses: { begun: 1, untold: 1 },
    });
  });

  it('is partial if a response has told none and no server says that responses begin', () => {
    const untold = JSON.stringify({ type: 'response.done', response: { usage: null } });
    expect(metering(Buffer.concat([frame(done(10, 20)), frame(untold)]))).toMatchObject({
      class: 'partial',
      usage: { input: 10 },
      responses: { begun: 2, untold: 1 },
    });
    expect(metering(frame(untold))).toMatchObject({ class: 'partial', usage: undefined });
  });

  // A provider that tells no usage could be used without an end, for as long as the WebSocket was open.
  it('says when a response is over that has not told it, and what is known without those that go on', () => {
    const seen: unknown[] = [];
    const meter = new SessionMeter(() => {
      const { class: meterClass, usage, responses } = meter.meteringOfEnded();
      seen.push([meterClass, usage?.input, responses]);
    });
    const untold = JSON.stringify({ type: 'response.failed', response: { usage: null } });
    meter.push(Buffer.concat([frame(created), frame(created), frame(done(10, 20)), frame(untold)]));
    meter.push(Buffer.concat([frame(created), frame(created)]));
    expect(seen).toEqual([
      ['metered', 10, { begun: 1, untold: 0 }],
      ['partial', 10, { begun: 2, untold: 1 }],
    ]);
    expect(meter.metering().responses).toEqual({ begun: 4, untold: 3 });
  });

  it('is that of all messages up to the close frame, behind which no frame may stand', () => {
    const meter = new SessionMeter();
    meter.push(Buffer.concat([frame(created), frame(done(10, 20)), frame('\x03\xe8', 0x88)]));
    expect(meter.isBetweenMessages).toBe(false);
    meter.push(frame(done(1, 1)));
    expect(meter.metering()).toMatchObject({ class: 'metered', usage: { input: 10 } });
  });

  // All was priced as the last one: one cheap response made a session cheap.
  it('has a part for each model if there are several', () => {
    const of = (model: string, output: number) =>
      frame(
        JSON.stringify({
          type: 'response.completed',
          response: { model, usage: { input_tokens: 1, output_tokens: output } },
        }),
      );
    expect(metering(Buffer.concat([of('dear', 10), of('dear', 5)])).parts).toBeUndefined();
    expect(metering(Buffer.concat([of('dear', 10), of('cheap', 7), of('dear', 5)]))).toMatchObject({
      model: 'dear',
      usage: { input: 3, output: 22 },
      parts: [
        { model: 'dear', usage: { input: 2, output: 15 }, responses: 2 },
        { model: 'cheap', usage: { input: 1, output: 7 }, responses: 1 },
      ],
    });
    const many = Array.from({ length: 300 }, (_, at) => of(`m-${at}`, 1));
    const { parts = [] } = metering(Buffer.concat([...many, of('m-0', 1)]));
    expect(parts).toHaveLength(257);
    expect([parts[0]?.responses, parts[256]]).toMatchObject([2, { model: '', responses: 44 }]);
  });

  it('says when it grows, how many responses it is of, and where a frame may stand', () => {
    const seen: unknown[] = [];
    const meter = new SessionMeter(() => {
      seen.push([meter.metering().responses, meter.isBetweenMessages]);
    });
    expect([meter.isBetweenMessages, meter.metering().responses]).toEqual([true, { begun: 0, untold: 0 }]);
    meter.push(SESSION);
    expect(seen).toEqual([
      [{ begun: 1, untold: 0 }, true],
      [{ begun: 2, untold: 0 }, true],
    ]);
    meter.push(Buffer.concat([frame(created), frame(created), frame(done(1, 1))]));
    expect(meter.metering().responses).toEqual({ begun: 4, untold: 1 });
    const cut = frame(delta);
    for (const at of [1, 2, cut.length - 1]) {
      const other = new SessionMeter();
      other.push(cut.subarray(0, at));
      expect(other.isBetweenMessages).toBe(false);
      other.push(cut.subarray(at));
      expect(other.isBetweenMessages).toBe(true);
    }
    meter.push(frame('half', 0x01));
    expect(meter.isBetweenMessages).toBe(false);
    meter.push(frame('', 0x89));
    expect(meter.isBetweenMessages).toBe(false);
    meter.push(frame('and the rest', 0x80));
    expect(meter.isBetweenMessages).toBe(true);
    meter.push(frame('', 0xc1)); // from here on nothing is read
    expect(meter.isBetweenMessages).toBe(false);
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
