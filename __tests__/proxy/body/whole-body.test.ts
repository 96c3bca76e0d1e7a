import { BodyBudget } from '../../../src/proxy/body/body-budget';
import { BodyShare } from '../../../src/proxy/body/body-share';
import { WholeBody } from '../../../src/proxy/body/whole-body';
import { Sink } from '../../helpers/body-sink';
import { makeExchange } from '../../helpers/exchange';

function bodyOf(bytes: Buffer, onDropped = () => undefined): WholeBody {
  const exchange = makeExchange();
  return new WholeBody(bytes, {
    inbound: { contentLength: bytes.length },
    maxReplayBytes: 10_000_000,
    share: new BodyShare(new BodyBudget(10_000_000), exchange),
    response: exchange.response,
    onDropped,
  });
}

const large = () => Buffer.alloc(200_000, 'x');

describe('a body that was read whole', () => {
  it('is not freed while an earlier upstream, which has responded before it had read all of it, may still write it', () => {
    const onDropped = jest.fn();
    const body = bodyOf(large(), onDropped);
    const [first, second] = [new Sink(), new Sink()];
    body.sendTo(first);
    body.sendTo(second);
    expect([first.destroyed, second.destroyed]).toEqual([true, false]);
    body.release();
    first.finish();
    expect(onDropped).not.toHaveBeenCalled();
    second.finish();
    expect(onDropped).toHaveBeenCalledTimes(1);
  });

  it('leaves the connection of an earlier upstream that has read all of it', () => {
    const body = bodyOf(large());
    const [first, second] = [new Sink(), new Sink()];
    body.sendTo(first);
    first.finish();
    body.sendTo(second);
    expect(first.destroyed).toBe(false);
    expect(second.text.length).toBe(200_000);
  });
});
