import { gzipSync } from 'node:zlib';
import {
  bufferResponse,
  bufferedFrom,
  readBeginning,
  withoutKey,
} from '../../../src/proxy/upstream/buffered-response';
import { ClientDisconnected } from '../../../src/errors/proxy-error';
import { WrittenResponse, destroyed, makeExchange } from '../../helpers/exchange';

const KEY = 'sk-proj-aaaaaaaaaaaaaaaa';
const failureOf = async (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('an error response that is interrupted', () => {
  it('before it is read is not awaited', async () => {
    const dead = new WrittenResponse(429);
    dead.write('{"error":');
    await destroyed(dead);
    expect(await failureOf(bufferResponse(dead, makeExchange()))).toMatchObject({ code: 'upstream-cut' });
  });

  it.each([
    ['without an error', undefined],
    ['with an error', new Error('reset')],
  ])('while it is read fails (%s)', async (_how, error) => {
    const upstream = new WrittenResponse(429);
    const reading = failureOf(bufferResponse(upstream, makeExchange()));
    upstream.write('{"error":');
    upstream.destroy(error);
    const failure = await reading;
    expect(failure).toMatchObject({ code: 'upstream-cut' });
    expect((failure as Error).cause).toBe(error);
  });

  it('by the end of its connection, before the end of its framing, fails', async () => {
    const upstream = new WrittenResponse(429);
    const reading = failureOf(bufferResponse(upstream, makeExchange()));
    upstream.end('{"error":');
    expect(await reading).toMatchObject({ code: 'upstream-cut' });
  });

  it('is abandoned when the exchange is stopped, and its stream is cancelled', async () => {
    const upstream = new WrittenResponse(429);
    const exchange = makeExchange();
    const reading = failureOf(bufferResponse(upstream, exchange));
    const left = new ClientDisconnected('gone');
    exchange.stop(left);
    expect(await reading).toBe(left);
    expect(upstream.destroyed).toBe(true);
    expect(upstream.close).toHaveBeenCalledWith(8); // CANCEL
  });
});

describe('an error response', () => {
  it.each([
    [64 * 1024, true],
    [64 * 1024 + 1, false],
  ])('of %i bytes is read whole: %s', async (bytes, isWhole) => {
    const upstream = new WrittenResponse(400);
    upstream.finish(Buffer.alloc(bytes, 'x'));
    const response = await bufferResponse(upstream, makeExchange());
    expect(response?.text?.length).toBe(isWhole ? bytes : undefined);
    if (isWhole) return;
    let rest = 0;
    for await (const chunk of upstream.resume()) rest += (chunk as Buffer).length;
    expect(rest).toBe(bytes); // from its beginning
  });
});

describe('readBeginning', () => {
  it('stops at its limit, and leaves no listener', async () => {
    const upstream = new WrittenResponse(200);
    upstream.write('abc');
    const listeners = () => ['data', 'end', 'error', 'close'].map((name) => upstream.listenerCount(name));
    const before = listeners();
    const seen: [number, string][] = [];
    const isEnough = (size: number, chunk: Buffer) => {
      seen.push([size, chunk.toString()]);
      return false;
    };
    const beginning = await readBeginning(upstream, makeExchange(), isEnough, { limitMs: 20 });
    expect(beginning).toEqual({ bytes: Buffer.from('abc'), ended: false });
    expect(seen).toEqual([[3, 'abc']]);
    expect(listeners()).toEqual(before);
    expect(upstream.isPaused()).toBe(true);
  });

  it('puts back what was read in several chunks, in order', async () => {
    const upstream = new WrittenResponse(200);
    const reading = readBeginning(upstream, makeExchange(), (size) => size >= 4);
    upstream.write('ab');
    setImmediate(() => upstream.write('cd'));
    expect(await reading).toEqual({ bytes: Buffer.from('abcd'), ended: false });
    upstream.finish('ef');
    let text = '';
    for await (const chunk of upstream.resume()) text += String(chunk);
    expect(text).toBe('abcdef');
  });

  it('puts nothing back into a response that has ended before it was enough', async () => {
    const upstream = new WrittenResponse(200);
    const unshift = jest.spyOn(upstream, 'unshift');
    let isEnough: () => void = () => undefined;
    const enough = new Promise<void>((resolve) => (isEnough = resolve));
    upstream.finish('abc');
    const beginning = await readBeginning(upstream, makeExchange(), () => false, { enough });
    expect(beginning).toEqual({ bytes: Buffer.from('abc'), ended: true });
    isEnough();
    await new Promise((resolve) => setImmediate(resolve));
    expect(unshift).not.toHaveBeenCalled();
  });

  it('returns all of it if the response ends first', async () => {
    const upstream = new WrittenResponse(200);
    upstream.finish('ab');
    const beginning = await readBeginning(upstream, makeExchange(), () => false, { limitMs: 60_000 });
    expect(beginning).toEqual({ bytes: Buffer.from('ab'), ended: true });
  });
});

describe('withoutKey', () => {
  const buffered = (text: string, headers: Record<string, string> = {}, bytes = Buffer.from(text)) =>
    bufferedFrom(new WrittenResponse(403, headers), bytes);

  it('does not change a response without the key', async () => {
    const response = await buffered('{}', { 'content-length': '2' });
    expect(withoutKey(response, KEY)).toEqual(response);
  });

  it('replaces the key everywhere in body and headers, and sets the new length', async () => {
    const text = `'${KEY}' and ${KEY}`;
    const clean = "'[redacted]' and [redacted]";
    const headers = { 'content-length': '99', 'x-echo': `a ${KEY}`, 'content-type': 'text/plain' };
    const response = withoutKey(await buffered(text, headers), KEY);
    expect(response.text).toBe(clean);
    expect(response.bytes.toString()).toBe(clean);
    expect(response.rawHeaders).toEqual([
      'x-echo',
      'a [redacted]',
      'content-type',
      'text/plain',
      'Content-Length',
      String(clean.length),
    ]);
  });

  it('sends a compressed body as plain text once the key is removed', async () => {
    const response = withoutKey(
      await buffered('', { 'content-encoding': 'gzip', 'content-length': '1' }, gzipSync(`"${KEY}"`)),
      KEY,
    );
    expect(response.bytes.toString()).toBe('"[redacted]"');
    expect(response.headers).toEqual({ 'content-length': '1' });
    expect(response.rawHeaders).toEqual(['Content-Length', '12']);
  });

  it('removes the key from the headers of a response whose body does not contain it', async () => {
    const response = withoutKey(await buffered('{}', { 'x-echo': KEY }), KEY);
    expect(response.rawHeaders).toEqual(['x-echo', '[redacted]']);
    expect(response.bytes.toString()).toBe('{}');
  });
});
