import { SetupReader } from '../../../src/meter/frames/setup-reader';
import { FIN_BINARY, FIN_TEXT, clientFrame, serverFrame } from './frames';

const LONG = 'say "model": '.repeat(9_000);
const setup = (model: unknown, more: object = {}) => JSON.stringify({ setup: { model, ...more } });

/** The model that is read, and how much of the bytes was wanted for that. */
function read(bytes: Buffer, size = bytes.length) {
  const models: string[] = [];
  const reader = new SetupReader((model) => models.push(model));
  let wanted = 0;
  for (let at = 0; at < bytes.length; at += size) {
    const wantsMore = reader.push(bytes.subarray(at, at + size));
    wanted = Math.min(at + size, bytes.length);
    if (!wantsMore) break;
  }
  return { models, wanted };
}

describe('The model of a session of Gemini’s Live API', () => {
  it.each<[string, Buffer, string]>([
    ['text', clientFrame(setup('models/gemini-live')), 'gemini-live'],
    ['a binary message', clientFrame(setup('models/gemini-live'), FIN_BINARY), 'gemini-live'],
    ['a length in 16 bits', clientFrame(setup('models/gemini-live'), FIN_TEXT, 16), 'gemini-live'],
    ['a length in 64 bits', clientFrame(setup('models/gemini-live'), FIN_TEXT, 64), 'gemini-live'],
    [
      'Vertex AI’s form',
      clientFrame(setup('projects/p/locations/l/publishers/google/models/gemini-live')),
      'gemini-live',
    ],
    ['a long message', clientFrame(setup('models/m', { systemInstruction: { parts: [LONG] } })), 'm'],
    ['the first of several fragments', clientFrame(`${setup('models/m').slice(0, -2)},"x":1`, 0x01), 'm'],
    ['a name without a path', clientFrame(setup('m')), 'm'],
  ])('is read from %s, wherever the bytes are cut', (_what, frame, model) => {
    for (const size of [1, 3, 100, 1e6]) expect(read(frame, size).models).toEqual([model]);
  });

  it('is read in the first message alone, of which no more is wanted than 4 KB', () => {
    const first = clientFrame(setup('models/m', { x: LONG }));
    const { models, wanted } = read(Buffer.concat([first, clientFrame(setup('models/other'))]), 256);
    expect([models, wanted]).toEqual([['m'], 4_096]);
  });

  it.each<[string, Buffer]>([
    ['there is none', clientFrame('{"setup":{}}')],
    ['it is no text', clientFrame(setup(5))],
    ['it is empty', clientFrame(setup('models/'))],
    ['the message is none of setup', clientFrame('{"realtimeInput":{"model":"m"}}')],
    ['the message is no JSON', clientFrame('model')],
    ['it stands behind 4 KB', clientFrame(JSON.stringify({ setup: { x: LONG, model: 'm' } }))],
    ['the frame is a ping', clientFrame(setup('m'), 0x89)],
    ['the frame is compressed', clientFrame(setup('m'), 0xc1)],
    ['the frame is not masked', serverFrame(setup('m'))],
  ])('is not known if %s, and nothing more is wanted', (_why, frame) => {
    for (const size of [1, 100, 1e6]) expect(read(frame, size).models).toEqual([]);
    const reader = new SetupReader(() => undefined);
    expect([reader.push(frame), reader.push(frame)]).toEqual([false, false]);
  });
});
