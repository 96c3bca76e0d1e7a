import { ClientDisconnected, ProxyError } from '../../../src/errors/proxy-error';
import { makeExchange } from '../../helpers/exchange';

describe('one of several attempts of an exchange', () => {
  it('is stopped with all that has begun since, the latest first, and with nothing else', () => {
    const exchange = makeExchange();
    const stopped: string[] = [];
    const begin = (name: string) => exchange.onStop(({ message }) => stopped.push(`${name}: ${message}`));
    begin('before');
    const stop = exchange.startAttempt();
    begin('one');
    const over = begin('over');
    begin('two');
    over();
    const reason = new ProxyError('upstream-timeout');
    stop(reason);
    expect(stopped).toEqual([`two: ${reason.message}`, `one: ${reason.message}`]);
    expect(exchange.failure).toBeUndefined();
    stop(reason);
    expect(stopped).toHaveLength(2);
    exchange.stop(new ClientDisconnected('gone'));
    expect(stopped.slice(2)).toEqual(['before: gone']);
  });

  it('is stopped by the exchange itself, and cannot be stopped after that', () => {
    const exchange = makeExchange();
    const stopped = jest.fn();
    const stop = exchange.startAttempt();
    exchange.onStop(stopped);
    exchange.stop(new ClientDisconnected('gone'));
    stop(new ProxyError('upstream-timeout'));
    expect(stopped).toHaveBeenCalledTimes(1);
  });
});

describe('the duration of an exchange that has ended', () => {
  it('is the same for everything that tells of it, however much later', () => {
    const exchange = makeExchange();
    const { durationMs } = exchange;
    while (exchange.elapsedMs() <= durationMs);
    expect(exchange.durationMs).toBe(durationMs);
  });
});
