import { ClientDisconnected, ProxyError } from '../../../src/errors/proxy-error';
import { NO_USAGE, type Metering } from '../../../src/meter/usage';
import { requestPrice } from '../../../src/prices/request-price';
import { ASSUMED_NANO_USD, ASSUMED_TOKENS, chargeFor } from '../../../src/proxy/limits/charge';
import type { Exchange } from '../../../src/proxy/exchange/exchange';
import { METERED, meteredExchange } from '../../helpers/metered';

const ASSUMED = { kind: 'assumed', tokens: ASSUMED_TOKENS, nanoUsd: ASSUMED_NANO_USD };
const NOTHING = { kind: 'known', tokens: 0, nanoUsd: 0 };
const AT = Date.parse('2026-11-29T00:00:00Z');

const part = (model: string | undefined) => ({ model, usage: METERED.usage ?? NO_USAGE, responses: 1 });

function chargeOf(metering: Metering | undefined, change: (exchange: Exchange) => void = () => undefined) {
  const exchange = meteredExchange(metering);
  change(exchange);
  return chargeFor(exchange, AT, (request) => requestPrice(request, undefined));
}

function chat(exchange: Exchange, attempts: number): void {
  exchange.request.method = 'POST';
  exchange.path = '/v1/chat/completions';
  exchange.record.attempts = attempts;
}

function leaveAfterSending(exchange: Exchange, method: string, path: string): void {
  exchange.request.method = method;
  exchange.path = path;
  exchange.record.attempts = 1;
  exchange.stop(new ClientDisconnected('left'));
}

describe('what a request is charged', () => {
  it.each<[string, Metering, object]>([
    ['the price of its tokens', METERED, { kind: 'known', tokens: 1_500, nanoUsd: 1_250_000 }],
    [
      'what the provider says it costs, in place of the table',
      { ...METERED, costUsd: 0.0025 },
      { kind: 'known', tokens: 1_500, nanoUsd: 2_500_000 },
    ],
    ['nothing if it is free of charge', { ...METERED, usage: undefined }, NOTHING],
    [
      'what is assumed if it does not tell its usage',
      { ...METERED, class: 'unmetered', usage: undefined },
      ASSUMED,
    ],
    ['what is assumed if it tells less than that, and not all', { ...METERED, class: 'partial' }, ASSUMED],
    [
      'what it tells if that is more than is assumed, though not all',
      { ...METERED, class: 'partial', usage: { ...NO_USAGE, input: 1_000, output: 1_000_000 } },
      { kind: 'assumed', tokens: 1_001_000, nanoUsd: 2_000_250_000 },
    ],
    [
      'the price of each of its models, whichever was the last',
      { ...METERED, model: 'gpt-4o-mini', parts: [part(METERED.model), part('gpt-4o-mini')] },
      { kind: 'known', tokens: 1_500, nanoUsd: 1_250_000 + 450_000 },
    ],
    [
      'what is assumed of each response of a model that has no price, with the price of the others',
      {
        ...METERED,
        responses: { begun: 3, untold: 0 },
        parts: [part(METERED.model), { ...part('nobody-knows-it'), responses: 2 }],
      },
      { kind: 'assumed', tokens: 1_500, nanoUsd: 1_250_000 + 2 * ASSUMED_NANO_USD },
    ],
    [
      'its tokens, and money as assumed, if its model has no price',
      { ...METERED, model: 'nobody-knows-it' },
      { kind: 'assumed', tokens: 1_500, nanoUsd: ASSUMED_NANO_USD },
    ],
    [
      'money as assumed if it tells only images',
      { ...METERED, usage: { ...NO_USAGE, images: 2 } },
      { kind: 'assumed', tokens: 0, nanoUsd: ASSUMED_NANO_USD },
    ],
  ])('is %s', (_what, metering, expected) => {
    expect(chargeOf(metering)).toEqual(expected);
  });

  it.each<[string, Partial<Metering>, object]>([
    [
      'its price if it is all told',
      { responses: { begun: 3, untold: 0 } },
      { kind: 'known', nanoUsd: 1_250_000 },
    ],
    [
      'what is assumed of each response if its model has no price',
      { model: 'nobody-knows-it', responses: { begun: 3, untold: 0 } },
      { kind: 'assumed', tokens: 1_500, nanoUsd: 3 * ASSUMED_NANO_USD },
    ],
    [
      'the price of the usage that came, and what is assumed of each response without one',
      { class: 'partial', responses: { begun: 5, untold: 2 } },
      { kind: 'assumed', tokens: 1_500 + 2 * ASSUMED_TOKENS, nanoUsd: 1_250_000 + 2 * ASSUMED_NANO_USD },
    ],
    [
      'no less than one that does not tell if a part was not read',
      { class: 'partial', responses: { begun: 5, untold: 0 } },
      ASSUMED,
    ],
    [
      'what is assumed of all if no usage came',
      { class: 'partial', usage: undefined, responses: { begun: 2, untold: 2 } },
      { kind: 'assumed', tokens: 2 * ASSUMED_TOKENS, nanoUsd: 2 * ASSUMED_NANO_USD },
    ],
    [
      'what is assumed of one if no response has begun',
      { class: 'unmetered', usage: undefined, responses: { begun: 0, untold: 0 } },
      ASSUMED,
    ],
  ])('of a WebSocket is %s', (_what, told, expected) => {
    expect(chargeOf({ ...METERED, ...told })).toMatchObject(expected);
  });

  it('is of what is known so far if that is given', () => {
    const exchange = meteredExchange(undefined);
    const charge = chargeFor(exchange, AT, (request) => requestPrice(request, undefined), METERED);
    expect(charge).toMatchObject({ kind: 'known', nanoUsd: 1_250_000 });
  });

  it('is by the model that was asked for if the response names one without a price', () => {
    const charge = chargeOf({ ...METERED, model: 'my-deployment' }, ({ record }) => {
      record.model = 'gpt-5-mini';
    });
    expect(charge).toMatchObject({ kind: 'known', nanoUsd: 1_250_000 });
  });

  it.each<[string, object, (exchange: Exchange) => void]>([
    [
      'nothing if there was an error response',
      NOTHING,
      (exchange) => {
        chat(exchange, 1);
      },
    ],
    [
      'nothing if the client left in the middle of an error response',
      NOTHING,
      (exchange) => {
        leaveAfterSending(exchange, 'POST', '/v1/chat/completions');
        Object.assign(exchange, { response: { headersSent: true } });
      },
    ],
    [
      'what is assumed if the client left after it was sent',
      ASSUMED,
      (exchange) => {
        leaveAfterSending(exchange, 'POST', '/v1/chat/completions');
      },
    ],
    // It was charged as much as one that may cost something.
    [
      'nothing if the client left one that only reads',
      NOTHING,
      (exchange) => {
        leaveAfterSending(exchange, 'GET', '/v1/files/file-1/content');
      },
    ],
    [
      'nothing if the client left one that is free of charge',
      NOTHING,
      (exchange) => {
        leaveAfterSending(exchange, 'POST', '/v1/messages/count_tokens');
      },
    ],
    [
      'nothing if the client left before it was sent',
      NOTHING,
      (exchange) => {
        chat(exchange, 0);
        exchange.stop(new ClientDisconnected('left'));
      },
    ],
    [
      'nothing if the provider cannot be reached',
      NOTHING,
      (exchange) => {
        chat(exchange, 2);
        exchange.stop(new ProxyError('upstream-unreachable'));
      },
    ],
  ])('is %s', (_what, expected, change) => {
    expect(chargeOf(undefined, change)).toEqual(expected);
  });
});
