import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { meterFor } from '../../src/meter/meter';
import { NO_USAGE, type Metering } from '../../src/meter/usage';
import { RECORDED } from './recorded';

const CODINGS = {
  gzip: (text: string) => gzipSync(text),
  'x-gzip': (text: string) => gzipSync(text),
  br: (text: string) => brotliCompressSync(text),
  deflate: (text: string) => deflateSync(text),
  'DEFLATE ': (text: string) => deflateRawSync(text),
} as const;

interface Sent {
  readonly bytes: Buffer;
  readonly size?: number;
  readonly contentEncoding?: string;
  readonly contentType?: string;
  readonly path?: string;
  readonly method?: string;
  readonly status?: number;
  readonly isComplete?: boolean;
}

async function metered({
  bytes,
  size = 1_000,
  isComplete = true,
  ...response
}: Sent): Promise<Metering | undefined> {
  const meter = meterFor({
    method: 'POST',
    path: '/v1/chat/completions',
    status: 200,
    contentType: 'application/json',
    contentEncoding: '',
    traits: undefined,
    ...response,
  });
  for (let at = 0; at < bytes.length; at += size) {
    meter?.push(bytes.subarray(at, at + size));
    if (bytes.length > 50_000 && size >= 1_000) await new Promise(setImmediate); // as a socket gives them
  }
  const metering = await meter?.finish(() => isComplete);
  meter?.release();
  return metering;
}

const USAGE = { prompt_tokens: 11, completion_tokens: 22, total_tokens: 33 };
const KNOWN = {
  class: 'metered',
  model: 'm',
  usage: { ...NO_USAGE, input: 11, output: 22 },
  costUsd: undefined,
};
/** Text that cannot be compressed to less than half. */
const noise = (length: number) => {
  let seed = 1;
  return Array.from({ length }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return String.fromCharCode(97 + (seed % 26));
  }).join('');
};
const json = (content: string) =>
  JSON.stringify({ model: 'm', choices: [{ message: { content } }], usage: USAGE });

describe('The usage of a compressed response', () => {
  it.each(Object.keys(CODINGS) as (keyof typeof CODINGS)[])(
    'is read through %s, however it is cut',
    async (coding) => {
      for (const recorded of RECORDED.filter(({ isCut = false, traits }) => !isCut && !traits)) {
        const {
          body,
          isEventStream = false,
          makesImages = false,
          class: is = 'metered',
          model,
          usage,
        } = recorded;
        const bytes = CODINGS[coding](body);
        for (const size of [1, 2, 3, 17, 64, 1e6]) {
          const metering = await metered({
            bytes,
            size,
            contentEncoding: coding,
            contentType: isEventStream ? 'text/event-stream' : 'application/json',
            path: makesImages ? '/v1/images/generations' : '/v1/x',
          });
          expect(metering).toMatchObject({ class: is, model, usage: usage && { ...NO_USAGE, ...usage } });
        }
      }
    },
  );

  it.each(Object.keys(CODINGS) as (keyof typeof CODINGS)[])(
    'is read by the part where it is long, through %s',
    async (coding) => {
      const bytes = CODINGS[coding](json(noise(200_000)));
      expect(bytes.length).toBeGreaterThan(50_000);
      for (const size of [100, 5_000, 16_384, 1e6]) {
        expect(await metered({ bytes, size, contentEncoding: coding })).toEqual(KNOWN);
      }
    },
  );

  it('is what had come if its end is missing', async () => {
    const start = RECORDED.find(({ name }) => name === 'a message’s stream that is cut');
    const bytes = gzipSync(start?.body ?? '');
    const metering = await metered({
      bytes: bytes.subarray(0, -8),
      contentEncoding: 'gzip',
      contentType: 'text/event-stream',
      isComplete: false,
    });
    expect(metering).toMatchObject({ class: 'partial', usage: { input: 21_704, output: undefined } });
  });

  it.each([
    ['is not what it says', 'gzip', Buffer.from(json('x'))],
    [
      'is damaged',
      'gzip',
      Buffer.concat([gzipSync(json(noise(90_000))).subarray(0, 20_000), Buffer.alloc(20_000)]),
    ],
    ['has a coding that is not known', 'compress', Buffer.from(json('x'))],
    ['has two codings', 'gzip, br', brotliCompressSync(gzipSync(json('x')))],
    ['is a short bomb', 'gzip', gzipSync(json('x'.repeat(2_000_000)))],
    ['is a long bomb', 'br', brotliCompressSync(json('x'.repeat(65 * 1024 * 1024) + noise(20_000)))],
  ])('is not told if it %s', async (_what, contentEncoding, bytes) => {
    for (const size of [1_000, 1e6]) {
      expect(await metered({ bytes, size, contentEncoding })).toMatchObject({
        class: 'unmetered',
        usage: undefined,
      });
    }
  });
});

describe('The meter', () => {
  const bytes = Buffer.from(json('x'));

  it.each([
    ['GET', 200],
    ['DELETE', 200],
    ['POST', 400],
    ['POST', 529],
  ])('has nothing to say of %s with status %i', (method, status) => {
    const response = {
      method,
      status,
      path: '/v1/responses/resp_1',
      contentType: 'application/json',
      contentEncoding: '',
    };
    expect(meterFor({ ...response, traits: undefined })).toBeUndefined();
  });

  it.each([
    '/v1/messages/count_tokens',
    '/v1beta/models/gemini-3-pro:countTokens',
    '/v1/responses/input_tokens',
    '/v1/moderations',
    '/v1/files',
    '/v1/uploads/upload_1/parts',
    '/v1/responses/resp_1/cancel',
    '/v1/realtime/client_secrets',
  ])('counts nothing of %s, which is free', async (path) => {
    expect(await metered({ bytes, path })).toEqual({ ...KNOWN, model: undefined, usage: undefined });
  });

  it.each(['audio/mpeg', 'text/plain', 'application/octet-stream', ''])(
    'does not read %j',
    async (contentType) => {
      expect(await metered({ bytes, contentType })).toMatchObject({ class: 'unmetered', usage: undefined });
      expect(await metered({ bytes, contentType, isComplete: false })).toMatchObject({ class: 'partial' });
    },
  );

  it.each(['application/json; charset=utf-8', 'application/problem+json', 'Application/JSON'])(
    'reads %j',
    async (contentType) => {
      expect(await metered({ bytes, contentType })).toEqual(KNOWN);
    },
  );
});

describe('The chunks of a response', () => {
  const meterOf = (contentType: string, contentEncoding = '', path = '/v1/chat/completions') => {
    const meter = meterFor({
      method: 'POST',
      path,
      status: 200,
      contentType,
      contentEncoding,
      traits: undefined,
    });
    if (!meter) throw new Error('no meter');
    return meter;
  };
  const EVENTS = 'text/event-stream';

  it.each([
    [EVENTS, '', '/v1/chat/completions', true],
    ['application/json', '', '/v1/chat/completions', true],
    ['application/json', 'identity', '/v1/chat/completions', true],
    [EVENTS, '', '/v1/files', true], // for a failure at its end
    ['application/json', '', '/v1/files', false],
    ['audio/mpeg', '', '/v1/audio/speech', false],
    [EVENTS, 'gzip', '/v1/chat/completions', false],
    ['application/json', 'br', '/v1/chat/completions', false],
  ])('of %s (%j) to %s may go to the tap directly: %s', (contentType, contentEncoding, path, expected) => {
    const meter = meterOf(contentType, contentEncoding, path);
    expect(meter.directTap === meter.tap).toBe(expected);
    expect(meter.directTap === undefined).toBe(!expected);
    meter.push(Buffer.from('some text'));
    expect(meter.tap.text()).toBe(expected ? 'some text' : '');
    meter.release();
  });

  it('cost nothing where the endpoint is free, whatever a stream says, and are kept', async () => {
    const meter = meterOf(EVENTS, '', '/v1/files');
    meter.push(Buffer.from(`data: {"usage":${JSON.stringify(USAGE)}}\n\n`));
    expect(await meter.finish(() => true)).toEqual({
      class: 'metered',
      model: undefined,
      usage: undefined,
      costUsd: undefined,
    });
    expect(meter.tap.text()).toContain('"usage"');
    meter.release();
    expect(meter.tap.text()).toBe('');
  });

  it('of two codings, or of one that nobody knows, tell nothing', async () => {
    for (const contentEncoding of ['gzip, br', 'compress']) {
      const text = gzipSync(JSON.stringify({ model: 'm', usage: USAGE }));
      expect(await metered({ bytes: text, contentEncoding })).toMatchObject({
        class: 'unmetered',
        usage: undefined,
      });
      expect(await metered({ bytes: text, contentEncoding, isComplete: false })).toMatchObject({
        class: 'partial',
      });
    }
  });
});
