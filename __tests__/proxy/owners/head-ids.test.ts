import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import {
  HEAD_BYTES,
  HeadTap,
  decodedHead,
  idsInHead,
  idsInHeaders,
} from '../../../src/proxy/owners/head-ids';

const ids = (text: string | object) =>
  idsInHead(Buffer.from(typeof text === 'string' ? text : JSON.stringify(text)));

const CREATED = {
  type: 'response.created',
  sequence_number: 0,
  response: { id: 'resp_1', object: 'response' },
};

describe('the ids found in the beginning of a response', () => {
  it.each([
    [{ id: 'resp_1', object: 'response', output: [{ id: 'msg_1' }] }, ['resp_1']],
    [{ object: 'file', id: 'file-1', filename: 'a.txt' }, ['file-1']],
    [{ id: 'run_1', thread_id: 'thread_1', assistant_id: 'asst_1' }, ['run_1', 'thread_1']],
    [{ id: 'batch_1', output_file_id: 'file-2', error_file_id: null }, ['batch_1', 'file-2']],
    [{ id: 'upload_1', file: { id: 'file-1', filename: 'a' } }, ['upload_1', 'file-1']],
    [{ name: 'files/abc', displayName: 'files/other' }, ['abc']],
    [{ file: { name: 'files/abc', mimeType: 'text/plain' } }, ['abc']],
    [{ name: 'cachedContents/xyz', model: 'models/gemini' }, ['xyz']],
    [{ name: 'models/veo-3/operations/op1' }, ['op1']],
    [{ name: 'batches/b1', metadata: { name: 'files/no' } }, ['b1']],
    [`event: response.created\ndata: ${JSON.stringify(CREATED)}\n\n`, ['resp_1']],
    [`: hi\r\n\r\nevent: response.created\r\ndata: ${JSON.stringify(CREATED)}\r\n\r\n`, ['resp_1']],
    [`data: ${JSON.stringify(CREATED)}`, ['resp_1']],
    ['\n {"id" : "resp_1" ', ['resp_1']],
  ])('in %j are %j', (text, expected) => {
    expect(ids(text)).toEqual(expected);
  });

  it.each([
    ['an id that is cut off', '{"id": "resp_1'],
    ['a name that its client chose', { id: 'asst_1', name: 'files/abc' }],
    ['a name that is no resource’s', { name: 'file-1' }],
    ['an id deeper down', { output: { message: { id: 'msg_1' } }, metadata: { id: 'no' } }],
    ['ids in lists', { data: [{ id: 'file-1' }, ['id', 'file-1']] }],
    ['an id that is a number', { id: 5 }],
    ['an id with escapes', '{"id": "a\\u0062"}'],
    ['words', { id: 'two words' }],
    ['text', 'the "id": "resp_1"'],
    ['a list', '[{"id": "resp_1"}]'],
    ['nothing', ''],
    ['closing signs only', '{}}]'],
  ])('are none in %s', (_, text) => {
    expect(ids(text).filter((id) => id !== 'asst_1')).toEqual([]);
  });

  it('are searched only in the first 4 KB', () => {
    expect(ids(`{"a": "${'x'.repeat(HEAD_BYTES - 40)}", "id": "resp_1"}`)).toEqual(['resp_1']);
    expect(ids(`{"a": "${'x'.repeat(HEAD_BYTES)}", "id": "resp_1"}`)).toEqual([]);
  });
});

describe('the ids found in the headers of a response', () => {
  it.each([
    [['location', '/v1/realtime/calls/rtc_1'], ['rtc_1']],
    [['Location', 'https://api.example/v1/realtime/calls/rtc_1?x=1'], ['rtc_1']],
    [['X-Goog-Upload-Url', 'https://api.example/upload/v1beta/files?upload_id=UP_1&a=b'], ['UP_1']],
    [['location', '/login'], []],
    [[], []],
  ])('in %j are %j', (headers, expected) => {
    expect(idsInHeaders(headers)).toEqual(expected);
  });
});

describe('a tap on a response', () => {
  const idsOf = (encoding: string, chunks: readonly Buffer[]) => {
    const seen: string[] = [];
    const tap = new HeadTap(encoding, (id) => seen.push(id));
    const before = Buffer.concat(chunks);
    for (const chunk of chunks) tap.push(chunk);
    tap.end();
    expect(Buffer.concat(chunks).equals(before)).toBe(true); // it alters none
    return seen;
  };
  const json = Buffer.from(
    JSON.stringify({ id: 'batch_1', status: 'x'.repeat(600), output_file_id: 'file-1' }),
  );
  const pieces = (bytes: Buffer, size: number) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );

  it.each([1, 7, 255, 256, 257, 5_000])('reports the ids of a response in chunks of %i bytes', (size) => {
    expect([...new Set(idsOf('', pieces(json, size)))]).toEqual(['batch_1', 'file-1']);
  });

  it('reports the id of a stream with its first event, before the stream is over', () => {
    const seen: string[] = [];
    const tap = new HeadTap('identity', (id) => seen.push(id));
    tap.push(Buffer.from(`event: response.created\ndata: ${JSON.stringify(CREATED)}\n\n`));
    expect(seen).toEqual(['resp_1']);
  });

  it('reads 4 KB of a response without an end, a few times', () => {
    const spy = jest.spyOn(Buffer, 'concat');
    const seen = idsOf('', pieces(Buffer.concat([json, Buffer.alloc(1_000_000, 0x20)]), 64));
    expect(spy.mock.calls.length).toBeLessThan(100);
    spy.mockRestore();
    expect(new Set(seen)).toEqual(new Set(['batch_1', 'file-1']));
    expect(seen.length).toBeLessThan(40);
  });

  it.each([
    ['gzip', gzipSync],
    ['X-GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('reads %s, whole or cut off', async (encoding, compress) => {
    const noise = Array.from({ length: 5_000 }, (_, at) => Math.sin(at).toString(36)).join();
    const bytes = compress(Buffer.from(JSON.stringify({ id: 'resp_1', object: 'response', noise })));
    expect(bytes.length).toBeGreaterThan(HEAD_BYTES);
    for (const part of [bytes.subarray(0, HEAD_BYTES), compress(Buffer.from('{"id": "resp_1"}'))]) {
      const seen = await new Promise<string>((resolve) => {
        const tap = new HeadTap(encoding, resolve);
        tap.push(part);
        tap.end();
      });
      expect(seen).toBe('resp_1');
    }
  });

  it('ignores what it cannot decode, and what would decompress without a bound', async () => {
    expect(await decodedHead(Buffer.from('{"id": "resp_1"}'), 'gzip')).toBeUndefined();
    expect(await decodedHead(Buffer.from('{"id": "resp_1"}'), 'zstd')).toBeUndefined();
    expect(await decodedHead(gzipSync(Buffer.alloc(4_000_000)), 'gzip')).toBeUndefined();
  });
});
