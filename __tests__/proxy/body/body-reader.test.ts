import { setImmediate as nextTurn } from 'node:timers/promises';
import { BodyBudget } from '../../../src/proxy/body/body-budget';
import { BodyShare } from '../../../src/proxy/body/body-share';
import { readWhole } from '../../../src/proxy/body/body-reader';
import type { Exchange } from '../../../src/proxy/exchange/exchange';
import { makeExchange } from '../../helpers/exchange';

const MB = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** An exchange whose request has a body that has arrived, in chunks of 64 KB as libuv reads them. */
function received(bytes: number, fill: string): Exchange {
  const exchange = makeExchange();
  const { request } = exchange;
  request._read = () => {
    if (bytes > 0) request.push(Buffer.alloc(Math.min(bytes, CHUNK_BYTES), fill));
    else {
      request.complete = true;
      request.push(null);
    }
    bytes -= CHUNK_BYTES;
  };
  return exchange;
}

function read(exchange: Exchange, contentLength: number, budget = new BodyBudget(100 * MB)): Promise<Buffer> {
  const share = new BodyShare(budget, exchange);
  return readWhole(exchange, { framing: { contentLength }, maxBytes: 10 * MB, share });
}

it('readWhole reads large bodies a megabyte or so a turn, all together, so that streams are not delayed', async () => {
  const exchanges = Array.from({ length: 60 }, (_, at) => received(MB, String.fromCharCode(32 + at)));
  let bytes = 0;
  for (const { request } of exchanges) {
    request.prependListener('data', (chunk: Buffer) => (bytes += chunk.length));
    request.pause(); // so that `readWhole` is the first to read
  }
  await nextTurn();
  const reading = Promise.all(exchanges.map((exchange) => read(exchange, MB)));
  exchanges.forEach(({ request }) => request.resume());
  const perTurn: number[] = [];
  while (bytes < 60 * MB) {
    const before = bytes;
    await nextTurn();
    perTurn.push(bytes - before);
  }
  // A chunk of each has come before it is known that the turn is used up; from then on there is one megabyte a turn.
  const [first = Infinity, ...later] = perTurn.map((passed) => passed / CHUNK_BYTES);
  expect(first).toBeLessThanOrEqual(60 + 17);
  expect(Math.max(...later)).toBeLessThanOrEqual(17);
  const bodies = await reading;
  bodies.forEach((body, at) => {
    expect(body.equals(Buffer.alloc(MB, String.fromCharCode(32 + at)))).toBe(true);
  });
});

it('readWhole does not pause bodies of up to 256 KB, since that costs more than it spares', async () => {
  const KB = 1024;
  const exchanges = Array.from({ length: 20 }, () => received(256 * KB, 'x'));
  const pauses = exchanges.map(({ request }) => jest.spyOn(request, 'pause'));
  await Promise.all(exchanges.map((exchange) => read(exchange, 256 * KB)));
  expect(pauses.flatMap(({ mock }) => mock.calls)).toEqual([]);
});

it('readWhole does not read on after its exchange has been stopped in a turn that was used up', async () => {
  const exchanges = Array.from({ length: 20 }, () => received(MB, 'x'));
  await nextTurn();
  const reading = exchanges.map((exchange) => read(exchange, MB).catch((error: unknown) => error));
  await Promise.resolve();
  await new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });
  let resumed = 0;
  for (const { request } of exchanges) request.on('resume', () => (resumed += 1));
  const reason = new Error('stopped') as never;
  for (const exchange of exchanges) exchange.stop(reason);
  expect(new Set(await Promise.all(reading))).toEqual(new Set([reason]));
  for (let turns = 0; turns < 5; turns++) await nextTurn();
  expect(resumed).toBe(0);
});
