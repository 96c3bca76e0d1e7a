import fc from 'fast-check';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BodyBudget } from '../../../src/proxy/body/body-budget';
import { readWhole } from '../../../src/proxy/body/body-reader';
import { BodyShare } from '../../../src/proxy/body/body-share';
import { SmallChunks } from '../../../src/proxy/body/small-chunks';
import { StreamedBody } from '../../../src/proxy/body/streamed-body';
import { makeExchange } from '../../helpers/exchange';

const MB = 1024 * 1024;
const CHUNKS = 20_000;

describe('SmallChunks', () => {
  it('passes on the bytes in their order, whatever the sizes of the chunks', () => {
    const sizes = fc.oneof(fc.nat(20), fc.integer({ min: 1_000, max: 1_050 }), fc.constant(20_000));
    fc.assert(
      fc.property(fc.array(sizes, { maxLength: 60 }), (lengths) => {
        const passed: Buffer[] = [];
        const small = new SmallChunks((bytes) => passed.push(bytes));
        const chunks = lengths.map((length, at) => Buffer.alloc(length, at));
        for (const chunk of chunks) small.add(chunk);
        small.flush();
        expect(small.bytes).toBe(0);
        expect(Buffer.concat(passed).equals(Buffer.concat(chunks))).toBe(true);
      }),
    );
  });

  it('passes on a large chunk as it is', () => {
    const passed: Buffer[] = [];
    const small = new SmallChunks((bytes) => passed.push(bytes));
    const large = Buffer.alloc(1_024);
    small.add(large);
    expect(passed[0]).toBe(large);
  });
});

it('A body that comes in chunks of one byte is kept in few pieces while it is read', async () => {
  const exchange = makeExchange();
  const share = new BodyShare(new BodyBudget(100 * MB), exchange);
  const concat = jest.spyOn(Buffer, 'concat');
  const reading = readWhole(exchange, { framing: 'chunked', maxBytes: MB, share });
  const { request } = exchange;
  for (let chunk = 0; chunk < CHUNKS; chunk++) request.emit('data', Buffer.alloc(1, 'x'));
  request.emit('end');
  expect((await reading).equals(Buffer.alloc(CHUNKS, 'x'))).toBe(true);
  const pieces = concat.mock.calls.map(([list]) => list.length);
  concat.mockRestore();
  expect(Math.max(...pieces)).toBeLessThan(10);
});

it('A body that is passed on in chunks of one byte is sent upstream in few, and whole', async () => {
  const exchange = makeExchange();
  const share = new BodyShare(new BodyBudget(100 * MB), exchange);
  const written: Buffer[] = [];
  let ended = false;
  const upstream = {
    destroyed: false,
    writableEnded: false,
    writableFinished: false,
    write: (bytes: Buffer) => written.push(bytes) > 0,
    end: () => (ended = true),
    destroy: () => undefined,
    on: () => undefined,
  };
  new StreamedBody(exchange, MB, 'chunked', MB, share).sendTo(upstream);
  const { request } = exchange;
  for (let chunk = 0; chunk < CHUNKS; chunk++) request.emit('data', Buffer.from([chunk % 256]));
  await nextTurn();
  const beforeEnd = Buffer.concat(written).length;
  request.emit('data', Buffer.from('last'));
  request.emit('end');
  expect(beforeEnd).toBe(CHUNKS); // without waiting for more
  expect(written.length).toBeLessThan(10);
  const body = Buffer.concat([
    ...Array.from({ length: CHUNKS }, (_, at) => Buffer.from([at % 256])),
    Buffer.from('last'),
  ]);
  expect([Buffer.concat(written).equals(body), ended]).toEqual([true, true]);
});
