import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { send, until, type WireResponse } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';

let upstream: FakeUpstream;
let proxy: RunningProxy;
let agent: http.Agent;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  proxy = await startProxy(upstream, { GEMINI_UPSTREAM: upstream.origin });
  agent = new http.Agent({ keepAlive: true });
});
afterAll(async () => {
  agent.destroy();
  await proxy.stop();
  await upstream.close();
});

/** 1 to 4 bytes a character; an emoji of several, and the last of each length. */
const WORDS = [
  'Hello ',
  'café ',
  '你好，',
  '世界。',
  '🙂',
  '👩‍💻',
  '𠮷野家',
  '\u{7ff}\u{ffff}\u{10ffff}',
  ' end',
];
const chatOf = (words: readonly string[]) =>
  [...words.map((content) => JSON.stringify({ choices: [{ index: 0, delta: { content } }] })), '[DONE]']
    .map((data) => `data: ${data}\n\n`)
    .join('');
const CHAT = Buffer.from(chatOf(WORDS));
const RECORDED = readFileSync(path.resolve(__dirname, '../../fixtures/streams/chat.sse'));
const EVENTS = 'text/event-stream; charset=utf-8';

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** Responds with these pieces, each in its own chunk. */
function respondIn(pieces: readonly Buffer[], headers: http.OutgoingHttpHeaders): void {
  upstream.respond(async (_request, response) => {
    response.writeHead(200, headers).flushHeaders();
    for (const piece of pieces) {
      response.write(piece);
      await tick();
    }
    response.end();
  });
}

const ask = (target = '/v1/chat/completions') =>
  send(proxy.url, target, {
    agent,
    headers: { authorization: 'Bearer sk-own', 'content-type': 'application/json' },
    body: '{"model":"m","stream":true}',
  });

/** As BetterChatGPT reads a stream: each chunk is decoded by itself, and what is no whole event is kept as text. */
function naivelyRead({ chunks }: WireResponse): { text: string; content: string } {
  let text = '';
  let content = '';
  let partial = '';
  for (const { bytes } of chunks) {
    const decoded = new TextDecoder().decode(bytes); // without { stream: true }: this is the mistake
    text += decoded;
    const events = (partial + decoded).split('\n\n');
    partial = events.pop() ?? '';
    for (const event of events) {
      const data = event.replace(/^data: /, '');
      if (data === '[DONE]') continue;
      const { choices } = JSON.parse(data) as { choices: { delta: { content?: string } }[] };
      content += choices[0]?.delta.content ?? '';
    }
  }
  return { text, content };
}

const cutAt = (bytes: Buffer, at: number) => [bytes.subarray(0, at), bytes.subarray(at)];
const singly = (bytes: Buffer) => Array.from(bytes, (byte) => Buffer.from([byte]));
const piecesOf = (bytes: Buffer, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );

/** Every place inside or beside a character of several bytes; streaming.test.ts cuts at all others. */
function cutsInCharacters(bytes: Buffer): number[] {
  const isAscii = (at: number) => (bytes[at] ?? 0) < 0x80;
  return Array.from(bytes.keys()).filter((at) => at > 0 && !(isAscii(at) && isAscii(at - 1)));
}

function expectWhole(response: WireResponse, bytes: Buffer, how: string): void {
  // One assertion for thousands of responses: one `expect` for each would take longer than the responses.
  if (!response.complete || !response.body.equals(bytes)) throw new Error(`It came out different ${how}.`);
  if (naivelyRead(response).text.includes('\uFFFD')) throw new Error(`A character was torn ${how}.`);
}

describe('a client that decodes each chunk separately', () => {
  it('would garble the stream directly from the upstream', async () => {
    respondIn(singly(CHAT), { 'content-type': EVENTS });
    const direct = await send(upstream.origin, '/v1/chat/completions', { body: '{}' });
    expect(naivelyRead(direct).text).toContain('\uFFFD');
  });

  it.each([
    ['of 1 to 4 bytes a character', CHAT, WORDS.join('')],
    ['as it was recorded', RECORDED, /你好, 🙂/],
  ])('never sees a split character of a stream %s, wherever it is cut', async (_what, bytes, content) => {
    for (const at of cutsInCharacters(bytes)) {
      respondIn(cutAt(bytes, at), { 'content-type': EVENTS });
      expectWhole(await ask(), bytes, `when cut at byte ${at}`);
    }
    expect(naivelyRead(await ask()).content).toMatch(content);
  });

  it.each([1, 2, 3, 5, 7, 64])('never sees one if the stream arrives in pieces of %i bytes', async (size) => {
    respondIn(piecesOf(CHAT, size), { 'content-type': EVENTS });
    const response = await ask();
    expectWhole(response, CHAT, `in pieces of ${size}`);
    expect(naivelyRead(response).content).toBe(WORDS.join(''));
  });

  it.each([
    ['application/json', '/v1/models'],
    ['application/json; charset=UTF-8', '/v1beta/models/g:streamGenerateContent'],
    ['text/plain', '/v1/audio/transcriptions'],
    ['text/vtt; charset=utf-8', '/v1/audio/transcriptions'],
    ['text/event-stream', '/v1/messages'],
    ['text/event-stream', '/v1beta/models/g:streamGenerateContent?alt=sse'],
  ])('never sees one of %s (%s)', async (type, target) => {
    const bytes = Buffer.from(WORDS.join(''));
    for (const headers of [
      { 'content-type': type },
      { 'content-type': type, 'content-length': bytes.length },
    ]) {
      respondIn(singly(bytes), headers);
      const response = await ask(target);
      expect(response).toMatchObject({ complete: true, status: 200 });
      expect(response.body.equals(bytes)).toBe(true);
      expect(naivelyRead(response).text).toBe(WORDS.join(''));
    }
  });
});

/** A response that has begun with some bytes: what has arrived of it, and how to continue. */
function begin(bytes: Buffer, type: string) {
  let received = Buffer.alloc(0);
  let ended = false;
  let side: http.ServerResponse | undefined;
  upstream.respond((_request, response) => {
    (side = response).writeHead(200, { 'content-type': type }).write(bytes);
  });
  const request = http.request(`${proxy.url}/v1/chat/completions`, {
    method: 'POST',
    agent: false,
    headers: { authorization: 'Bearer sk-own' },
  });
  request.on('response', (response) => {
    response.on('data', (chunk: Buffer) => (received = Buffer.concat([received, chunk])));
    response.on('end', () => (ended = true));
  });
  request.end('{}');
  return { received: () => received, ended: () => ended, end: (rest: Buffer) => side?.end(rest) };
}

describe('only the beginning of a character is held back', () => {
  it.each(['é', '你', '🙂'])('%s', async (text) => {
    const character = Buffer.from(text);
    for (let part = 1; part < character.length; part++) {
      const stream = begin(Buffer.concat([Buffer.from('data: 好'), character.subarray(0, part)]), EVENTS);
      await until('what is complete arrived', () => stream.received().length > 0);
      expect(stream.received().toString()).toBe('data: 好');
      stream.end(Buffer.concat([character.subarray(part), Buffer.from('\n\n')]));
      await until('it ended', stream.ended);
      expect(stream.received().toString()).toBe(`data: 好${text}\n\n`);
    }
  });

  it('and nothing at all of a body that is not text', async () => {
    const audio = Buffer.from([0x49, 0x44, 0x33, 0xf0, 0x9f]);
    const stream = begin(audio, 'audio/mpeg');
    await until('all of it arrived', () => stream.received().equals(audio));
    stream.end(Buffer.alloc(0));
    await until('it ended', stream.ended);
  });
});

describe('bytes that are not text pass unchanged', () => {
  const random = randomBytes(3_000);
  it.each<[what: string, bytes: Buffer, headers: http.OutgoingHttpHeaders]>([
    ['audio', Buffer.concat([random, Buffer.from([0xf0, 0x9f])]), { 'content-type': 'audio/mpeg' }],
    ['random bytes that say they are text', random, { 'content-type': 'text/plain' }],
    ['a compressed stream', gzipSync(CHAT), { 'content-type': EVENTS, 'content-encoding': 'gzip' }],
    [
      'a text that ends within a character',
      Buffer.concat([CHAT, Buffer.from([0xf0, 0x9f])]),
      { 'content-type': EVENTS },
    ],
    ['a text of nothing but continuations', Buffer.alloc(100, 0x9f), { 'content-type': 'application/json' }],
    ['a text of nothing but beginnings', Buffer.alloc(100, 0xf0), { 'content-type': 'application/json' }],
    [
      'a text in another encoding',
      Buffer.from('caf\xe9 \xe4\xf6\xfc', 'latin1'),
      { 'content-type': 'text/plain; charset=latin1' },
    ],
  ])('%s', async (_what, bytes, headers) => {
    for (const size of [1, 3, 100, bytes.length]) {
      for (const framing of [{}, { 'content-length': bytes.length }]) {
        respondIn(piecesOf(bytes, size), { ...headers, ...framing });
        const response = await ask();
        expect(response.complete).toBe(true);
        expect(response.body.equals(bytes)).toBe(true);
      }
    }
  });
});
