import { BodyBudget } from '../../../src/proxy/body/body-budget';
import { BodyShare } from '../../../src/proxy/body/body-share';
import { StreamedBody } from '../../../src/proxy/body/streamed-body';
import type { Exchange } from '../../../src/proxy/exchange/exchange';
import { Sink } from '../../helpers/body-sink';
import { makeExchange } from '../../helpers/exchange';

const MAX_BODY_BYTES = 20;
let exchange: Exchange;
let body: StreamedBody;

beforeEach(() => {
  exchange = makeExchange();
  const share = new BodyShare(new BodyBudget(1_000_000), exchange);
  body = new StreamedBody(exchange, MAX_BODY_BYTES, 'chunked', 10, share);
});

/** A part of the body, as it is received. */
async function receive(text: string | null): Promise<void> {
  exchange.request.push(text);
  await new Promise(setImmediate);
  await new Promise(setImmediate); // small chunks are sent behind the last of a packet
}

describe('a body that streams through', () => {
  it('is sent whole on a second attempt, with what came after the first had failed', async () => {
    const [first, second] = [new Sink(), new Sink()];
    body.sendTo(first);
    await receive('one ');
    first.destroy();
    await receive('two ');
    body.sendTo(second);
    await receive('3');
    await receive(null);
    expect([first.text, second.text, second.writableEnded]).toEqual(['one ', 'one two 3', true]);
  });

  it('is not sent to two upstreams at once: one that has responded before it had read all of it gets no more', async () => {
    const [first, second] = [new Sink(), new Sink()];
    body.sendTo(first);
    await receive('one ');
    body.sendTo(second);
    await receive(null);
    expect([first.destroyed, first.writableEnded, second.text]).toEqual([true, false, 'one ']);
  });

  it('cannot be sent again once more than is kept has come, also after the first attempt has failed', async () => {
    const first = new Sink();
    body.sendTo(first);
    await receive('one ');
    first.destroy();
    expect(body.replayable).toBe(true);
    await receive('two three');
    expect(body.replayable).toBe(false);
  });

  it('is read to its end for an upstream that has responded, however long it is', async () => {
    const upstream = new Sink();
    body.sendTo(upstream);
    await receive('one ');
    upstream.destroy();
    await receive('x'.repeat(MAX_BODY_BYTES));
    expect([exchange.failure, body.replayable, upstream.text]).toEqual([undefined, false, 'one ']);
  });

  it('is too large for one that still reads it', async () => {
    body.sendTo(new Sink());
    await receive('x'.repeat(MAX_BODY_BYTES + 1));
    expect(exchange.failure).toMatchObject({ code: 'body-too-large' });
  });
});
