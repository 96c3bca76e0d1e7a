import { NO_USAGE } from '../../src/meter/usage';
import { pricedParts } from '../../src/prices/priced-parts';

const USAGE = { ...NO_USAGE, input: 3, output: 2 };
const RESPONSE = { class: 'metered', model: 'served', usage: USAGE, costUsd: undefined } as const;

it('a request has one price, by the model that served it or else the one asked for', () => {
  const part = { models: ['served', 'asked'], usage: USAGE, responses: 1 };
  expect(pricedParts(RESPONSE, 'asked')).toEqual([part]);
  const responses = { begun: 5, untold: 2 };
  expect(pricedParts({ ...RESPONSE, responses }, 'asked')).toEqual([{ ...part, responses: 3 }]);
});

it('each model of a WebSocket has its own, and the one asked for that of responses without a name', () => {
  const parts = [
    { model: 'dear', usage: USAGE, responses: 2 },
    { model: undefined, usage: NO_USAGE, responses: 1 },
    { model: '', usage: USAGE, responses: 4 },
  ];
  expect(pricedParts({ ...RESPONSE, parts }, 'asked')).toMatchObject([
    { models: ['dear'], usage: USAGE, responses: 2 },
    { models: ['asked'], usage: NO_USAGE, responses: 1 },
    { models: [''], usage: USAGE, responses: 4 },
  ]);
});
