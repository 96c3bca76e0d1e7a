import { JsonBody } from '../../../src/json/json-body';
import {
  ASSUMED_OUTPUT_TOKENS,
  UNKNOWN_BOUND_NANO_USD,
  costBound,
} from '../../../src/proxy/limits/cost-bound';
import { ASSUMED_NANO_USD } from '../../../src/proxy/limits/charge';
import { ownPrices } from '../../../src/prices/own-prices';
import { requestPrice } from '../../../src/prices/request-price';

const OWN = ownPrices('ten=0/10,hundred=0/100,input=100/0,embed-free=0/0');
const PRICES = 'value' in OWN ? OWN.value : undefined;

/** The output of which a bound is made, if each token costs 0.0001 USD. */
function outputOf(members: string): number {
  return boundOf(`{"model":"hundred",${members}}`) / 100_000;
}

function boundOf(text: string, models: readonly string[] | undefined = ['hundred'], provider = 'openai') {
  const json = new JsonBody(Buffer.from(text));
  return costBound({ provider, models, json, atMs: 0 }, (request) => requestPrice(request, PRICES));
}

describe('the bound of a request’s cost', () => {
  it.each([
    ['"max_tokens":5000', 5_000],
    ['"max_completion_tokens":5000', 5_000],
    ['"max_output_tokens":5000', 5_000],
    ['"generationConfig":{"maxOutputTokens":5000}', 5_000],
    ['"generation_config":{"max_output_tokens":5000}', 5_000],
    ['"max_tokens":5000,"n":3', 15_000],
    ['"max_tokens":5000,"best_of":3', 15_000],
    ['"generationConfig":{"maxOutputTokens":5000,"candidateCount":4}', 20_000],
    ['"max_tokens":1,"max_completion_tokens":5000', 5_000],
    ['"max_tokens":1,"max_tokens":5000', 5_000],
    ['"max_tokens":5000,"max_tokens":1', 5_000],
  ])('has as many tokens of output as %s allows', (members, tokens) => {
    expect(outputOf(members)).toBe(tokens);
  });

  it.each([
    '"stream":true',
    '"max_tokens":null',
    '"max_tokens":0',
    '"max_tokens":-5',
    '"max_tokens":2.5',
    '"max_tokens":"5"',
    '"max_tokens":{}',
    '"generationConfig":null',
    '"messages":[{"max_tokens":5}]',
  ])('assumes the output of a request with %s', (members) => {
    expect(outputOf(members)).toBe(ASSUMED_OUTPUT_TOKENS);
  });

  it('is finite for any figure', () => {
    expect(outputOf('"max_tokens":1000000000000000000,"n":1e15')).toBe(1e7);
  });

  it('has a token of input for each byte', () => {
    const text = `{"model":"input","text":"${'x'.repeat(5_000)}"}`;
    expect(boundOf(text, ['input'])).toBe(text.length * 100_000);
  });

  it('counts input as written to a cache for an hour, and output as audio, which cost most', () => {
    const text = `{"max_tokens":10000,"x":"${'x'.repeat(99_973)}"}`;
    expect(text.length).toBe(100_000);
    expect(boundOf(text, ['claude-sonnet-4-5'], 'anthropic')).toBe(100_000 * 6_000 + 10_000 * 15_000);
  });

  it('prices input alone if a model has no price for output', () => {
    const text = `{"x":"${'x'.repeat(10_000_000)}"}`;
    expect(boundOf(text, ['text-embedding-3-large'])).toBe(text.length * 130);
  });

  it('is that of the most expensive model that is named, and never less than what is assumed', () => {
    expect(boundOf('{"max_tokens":50000}', ['ten', 'hundred', 'embed-free'])).toBe(5e9);
    expect(boundOf('{}', ['embed-free'])).toBe(ASSUMED_NANO_USD);
  });

  it.each([
    ['no model', '{}', []],
    ['models that cannot be read', '{}', undefined],
    ['a model without a price', '{}', ['nobody-knows-it']],
    ['a body that is no object', '[1', ['hundred']],
  ])('is one dollar with %s', (_what, text, models) => {
    const json = new JsonBody(Buffer.from(text));
    const price = () => undefined;
    expect(costBound({ provider: 'openai', models, json, atMs: 0 }, price)).toBe(UNKNOWN_BOUND_NANO_USD);
  });

  it('is one dollar if the body was not read', () => {
    const request = { provider: 'openai', models: ['hundred'], json: undefined, atMs: 0 };
    expect(costBound(request, (one) => requestPrice(one, PRICES))).toBe(UNKNOWN_BOUND_NANO_USD);
  });
});
