import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { READS_ZSTD } from '../../../src/http/decode-body';
import { beginningOf, failureAtEnd, hasReadableEvents } from '../../../src/proxy/upstream/first-event';
import { CODINGS } from '../../helpers/codings';
import { flushed } from '../../helpers/flushed';
import { WrittenResponse, makeExchange } from '../../helpers/exchange';

const GOOD = 'data: {"choices":[{"delta":{"content":"an error: {\\"error\\": {\\"code\\": 1}}"}}]}\n\n';
const FAILURES = {
  chat: [429, 'data: {"error":{"message":"x","type":"insufficient_quota","code":"insufficient_quota"}}\n\n'],
  Messages: [
    529,
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Überlastet"}}\n\n',
  ],
  Responses: [
    429,
    'event: response.failed\ndata: {"type":"response.failed","response":{"error":{"code":"rate_limit_exceeded","message":"x"}}}\n\n',
  ],
  Gemini: [503, 'data: {"error":{"code":503,"message":"x","status":"UNAVAILABLE"}}\r\n\r\n'],
} as const;

describe('failureAtEnd', () => {
  const cases = Object.entries(FAILURES).map(([api, [status, event]]) => ({ api, status, event }));

  it.each(cases)('finds the failure of $api wherever the tail begins before it', ({ status, event }) => {
    const stream = `${GOOD}${GOOD}${event}data: [DONE]\n\n`;
    const dataAt = stream.indexOf(event) + event.indexOf('data: ');
    for (let cut = 0; cut < stream.length; cut++) {
      const failure = failureAtEnd(stream.slice(cut));
      expect([cut, failure?.status]).toEqual([cut, cut <= dataAt ? status : undefined]);
    }
  });

  it.each(cases)(
    'finds the failure of $api once it is complete, wherever the stream is cut',
    ({ status, event }) => {
      const stream = GOOD + event;
      const wholeAt = GOOD.length + event.trimEnd().length;
      for (let cut = 0; cut <= stream.length; cut++) {
        expect([cut, failureAtEnd(stream.slice(0, cut))?.status]).toEqual([
          cut,
          cut >= wholeAt ? status : undefined,
        ]);
      }
    },
  );

  it('is the last one of several, and its body is the event’s', () => {
    expect(failureAtEnd(FAILURES.chat[1] + FAILURES.Gemini[1])).toEqual({
      status: 503,
      body: { error: { code: 503, message: 'x', status: 'UNAVAILABLE' } },
    });
    expect(failureAtEnd(FAILURES.Gemini[1] + GOOD)).toMatchObject({ status: 503 });
  });

  it.each(['chat.sse', 'messages.sse', 'responses.sse', 'responses-crlf.sse'])(
    'finds none in a successful stream, wherever its tail begins: %s',
    (name) => {
      const stream = readFileSync(path.resolve(__dirname, '../../fixtures/streams', name), 'utf8');
      for (let cut = 0; cut < stream.length; cut++) expect(failureAtEnd(stream.slice(cut))).toBeUndefined();
    },
  );
});

describe('the beginning of an event stream', () => {
  const [, event] = FAILURES.Messages;

  it('is read up to its first event, wherever that is cut, and put back', async () => {
    const stream = Buffer.from(`: hello\n\n${event}${GOOD}`);
    for (let cut = 1; cut < stream.length; cut += 3) {
      const upstream = new WrittenResponse(200);
      const reading = beginningOf(upstream, makeExchange());
      upstream.write(stream.subarray(0, cut));
      setImmediate(() => upstream.finish(stream.subarray(cut)));
      const body = { error: { message: 'Überlastet' } };
      expect(await reading).toMatchObject({ failure: { status: 529, body }, ended: undefined });
      const rest: Buffer[] = [];
      for await (const chunk of upstream.resume()) rest.push(chunk as Buffer);
      expect(Buffer.concat(rest).equals(stream)).toBe(true);
    }
  });

  it('is the first event alone: a later failure is not found', async () => {
    const upstream = new WrittenResponse(200);
    const reading = beginningOf(upstream, makeExchange());
    upstream.write(GOOD + event);
    expect(await reading).toEqual({ failure: undefined, ended: undefined });
  });

  describe('without an event', () => {
    const tick = () => new Promise((resolve) => setImmediate(resolve));
    /** Begins to read a comment that does not end. */
    async function begun(bytes: number) {
      const upstream = new WrittenResponse(200);
      const seen = { done: false };
      const reading = beginningOf(upstream, makeExchange()).finally(() => (seen.done = true));
      upstream.write(':'.padEnd(bytes, 'x'));
      await tick();
      await tick();
      return { upstream, seen, reading };
    }

    beforeEach(() => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    it('is enough past 32 KB', async () => {
      const { upstream, seen, reading } = await begun(32 * 1024);
      expect(seen.done).toBe(false);
      upstream.write('x');
      expect(await reading).toEqual({ failure: undefined, ended: undefined });
    });

    it('is enough after 3 seconds', async () => {
      const { seen, reading } = await begun(10);
      jest.advanceTimersByTime(2_999);
      await tick();
      expect(seen.done).toBe(false);
      jest.advanceTimersByTime(1);
      expect(await reading).toEqual({ failure: undefined, ended: undefined });
    });
  });

  it('is the whole stream if it ends before its first event', async () => {
    const upstream = new WrittenResponse(200);
    const reading = beginningOf(upstream, makeExchange());
    upstream.finish('data: {"error"');
    expect(await reading).toEqual({ failure: undefined, ended: Buffer.from('data: {"error"') });
  });

  it.each(['', '\n', '\r', '\r\r'])('needs no blank line at the end of the stream: %j', async (end) => {
    const upstream = new WrittenResponse(200);
    const reading = beginningOf(upstream, makeExchange());
    const stream = 'data: {"error":{"code":429,"message":"x"}}' + end;
    upstream.finish(stream);
    expect(await reading).toMatchObject({ failure: { status: 429 }, ended: Buffer.from(stream) });
  });

  describe('of a compressed stream', () => {
    // The limit of time never ends what is to end by itself.
    beforeEach(() => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    describe.each(CODINGS)('in %s', (coding, encode) => {
      const compressed = () => new WrittenResponse(200, { 'content-encoding': coding });

      it('is read, wherever it is cut, and put back', async () => {
        const stream = encode(Buffer.from(`: hello\n\n${event}${GOOD}`));
        for (let cut = 1; cut < stream.length; cut += 5) {
          const upstream = compressed();
          const reading = beginningOf(upstream, makeExchange());
          upstream.write(stream.subarray(0, cut));
          setImmediate(() => upstream.finish(stream.subarray(cut)));
          const { failure, ended } = await reading;
          expect([cut, failure?.status]).toEqual([cut, 529]);
          if (ended) expect(ended.equals(stream)).toBe(true);
          else expect((await buffer(upstream.resume())).equals(stream)).toBe(true);
        }
      });

      it('is enough, although the stream goes on', async () => {
        const upstream = compressed();
        const reading = beginningOf(upstream, makeExchange());
        upstream.write(await flushed(encode, event));
        expect(await reading).toMatchObject({ failure: { status: 529 }, ended: undefined });
      });

      it('is enough past 32 KB of decoded text', async () => {
        const upstream = compressed();
        const reading = beginningOf(upstream, makeExchange());
        upstream.write(await flushed(encode, ':'.padEnd(1_000_000, 'x')));
        expect(await reading).toEqual({ failure: undefined, ended: undefined });
      });
    });

    it('is not awaited if it is not of its coding', async () => {
      const upstream = new WrittenResponse(200, { 'content-encoding': 'gzip' });
      const reading = beginningOf(upstream, makeExchange());
      upstream.write('data: 1\n\n');
      expect(await reading).toEqual({ failure: undefined, ended: undefined });
    });
  });

  it.each<[string | undefined, string | undefined, boolean]>([
    ['text/event-stream', undefined, true],
    ['text/event-stream', 'identity', true],
    ['text/event-stream', 'GZIP', true],
    ['text/event-stream', 'br', true],
    ['text/event-stream', 'gzip, br', false],
    ['text/event-stream', 'compress', false],
    ['text/event-stream', 'zstd', READS_ZSTD],
    ['application/json', undefined, false],
    [undefined, undefined, false],
  ])('can be read if it is of type %s and in %s: %s', (type, coding, expected) => {
    const headers = [
      ...(type === undefined ? [] : ['Content-Type', type]),
      ...(coding === undefined ? [] : ['Content-Encoding', coding]),
    ];
    expect(hasReadableEvents(headers)).toBe(expected);
  });
});
