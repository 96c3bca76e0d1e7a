import { once } from 'node:events';
import fc from 'fast-check';
import { MaskedResponse } from '../../../src/proxy/upstream/masked-response';
import { WrittenResponse } from '../../helpers/exchange';

const KEY = 'aab-aab';

/** What comes of a body in these chunks. */
async function masked(chunks: readonly Buffer[], key = KEY): Promise<{ text: string; complete: boolean }> {
  const upstream = new WrittenResponse(500);
  const response = new MaskedResponse(upstream, key);
  for (const chunk of chunks) upstream.write(chunk);
  upstream.finish();
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { text: Buffer.concat(parts).toString('latin1'), complete: response.complete };
}

const expected = (body: string, key = KEY) => body.replaceAll(key, '*'.repeat(key.length));

describe('a response in which a key is masked', () => {
  const bodies = [
    KEY,
    `${KEY}${KEY}`,
    `x${KEY}y`,
    `aab-${KEY}aab`,
    `aaab-aab-aab-aab`,
    KEY.slice(0, -1),
    `aab-aaab-aab`,
    '',
  ];

  it.each(bodies)('does not contain it, for any division into two or three chunks: %j', async (body) => {
    const bytes = Buffer.from(body);
    for (let one = 0; one <= bytes.length; one++) {
      for (let two = one; two <= bytes.length; two++) {
        const chunks = [bytes.subarray(0, one), bytes.subarray(one, two), bytes.subarray(two)];
        expect((await masked(chunks)).text).toBe(expected(body));
      }
    }
    const single = Array.from({ length: bytes.length }, (_, at) => bytes.subarray(at, at + 1));
    expect(await masked(single)).toEqual({ text: expected(body), complete: true });
  });

  it('does not contain it, for any surrounding text and any division', async () => {
    const alphabet = fc.constantFrom('a', 'b', '-', KEY, 'aab-', 'é');
    await fc.assert(
      fc.asyncProperty(
        fc.array(alphabet, { maxLength: 20 }),
        fc.array(fc.nat(60), { maxLength: 8 }),
        async (words, cuts) => {
          const bytes = Buffer.from(words.join(''));
          const ends = [...cuts.filter((cut) => cut < bytes.length), bytes.length].sort((a, b) => a - b);
          const chunks = ends.map((end, at) => bytes.subarray(ends[at - 1] ?? 0, end));
          expect((await masked(chunks)).text).toBe(expected(bytes.toString('latin1')));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('does not change the upstream’s chunks', async () => {
    const chunk = Buffer.from(`x${KEY}y`);
    await masked([chunk]);
    expect(chunk.toString()).toBe(`x${KEY}y`);
  });

  it('is read no faster than its client reads, and arrives complete', async () => {
    const total = 20_000_000;
    const piece = Buffer.alloc(10_000, 'x');
    let sent = 0;
    const upstream = new WrittenResponse(500);
    const response = new MaskedResponse(upstream, KEY);
    const write = () => {
      while (sent < total) {
        sent += piece.length;
        if (!upstream.write(piece)) return;
      }
      upstream.finish();
    };
    upstream.on('drain', write);
    write();
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toBeLessThan(500_000);
    let received = 0;
    for await (const part of response) received += (part as Buffer).length;
    expect([sent, received]).toEqual([total, total]);
  });

  it('passes on at once what cannot be the beginning of the key', async () => {
    const upstream = new WrittenResponse(200);
    const response = new MaskedResponse(upstream, KEY);
    upstream.write(`event ${KEY}\n\naab`);
    const [first] = (await once(response, 'data')) as [Buffer];
    expect(first.toString()).toBe(`event ${'*'.repeat(KEY.length)}\n\n`);
    response.destroy();
  });

  it('has the head of the upstream’s', () => {
    const upstream = new WrittenResponse(503, { 'content-type': 'text/plain' });
    const response = new MaskedResponse(upstream, KEY);
    expect(response).toMatchObject({
      statusCode: 503,
      statusMessage: '',
      headers: { 'content-type': 'text/plain' },
      rawHeaders: ['content-type', 'text/plain'],
      complete: false,
    });
    response.close(8);
    expect(upstream.close).toHaveBeenCalledWith(8);
    response.destroy();
  });

  it('fails as its upstream does, and closes it when it is abandoned', async () => {
    const failing = new WrittenResponse(500);
    const response = new MaskedResponse(failing, KEY);
    const error = new Promise((resolve) => response.once('error', resolve));
    const reset = new Error('reset');
    failing.destroy(reset);
    expect(await error).toBe(reset);
    expect(response.complete).toBe(false);

    const upstream = new WrittenResponse(500);
    const abandoned = new MaskedResponse(upstream, KEY);
    const closed = new Promise((resolve) => upstream.once('close', resolve));
    abandoned.destroy();
    await closed;
    expect(upstream.destroyed).toBe(true);
  });
});
