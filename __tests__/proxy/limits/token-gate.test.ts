import type { FailureCode } from '../../../src/errors/failures';
import { ProxyError } from '../../../src/errors/proxy-error';
import { JsonBody } from '../../../src/json/json-body';
import { anthropic } from '../../../src/providers/anthropic';
import { openai } from '../../../src/providers/openai';
import { ASSUMED_NANO_USD, ASSUMED_TOKENS } from '../../../src/proxy/limits/charge';
import { CAP_RESERVE_NANO_USD, Costs } from '../../../src/proxy/limits/costs';
import type { LimitState, LimitStore, Use } from '../../../src/proxy/limits/limit-store';
import { TokenCounters } from '../../../src/proxy/limits/token-counters';
import { TokenGate, type AppliedLimits, type GateOptions } from '../../../src/proxy/limits/token-gate';
import type { TokenLimits } from '../../../src/proxy/tokens/claims';
import type { Exchange } from '../../../src/proxy/exchange/exchange';
import { makeExchange } from '../../helpers/exchange';
import { METERED, meteredExchange } from '../../helpers/metered';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const USD = 1_000_000_000;

function gateWith(options: Partial<GateOptions> = {}): TokenGate {
  return new TokenGate({
    dailyCapNanoUsd: undefined,
    costs: new Costs(undefined),
    wallMs: () => NOW,
    ...options,
  });
}

function tokenWith(limits?: TokenLimits, id = 'mum') {
  return { name: 'mum', id, limits };
}

/** A store that notes what it is asked. */
class NotingStore implements LimitStore {
  readonly begun: unknown[] = [];
  readonly settled: Use[] = [];
  readonly added: Use[] = [];
  states: readonly LimitState[] = [];

  constructor(private readonly answer: 'at-once' | 'later' = 'at-once') {}

  begin(...request: Parameters<LimitStore['begin']>) {
    this.begun.push(request);
    const reservation = {
      add: (use: Use) => {
        this.added.push(use);
      },
      settle: (use: Use) => {
        this.settled.push(use);
      },
    };
    return this.answer === 'later' ? Promise.resolve(reservation) : reservation;
  }

  state(...request: Parameters<LimitStore['state']>) {
    this.begun.push(request);
    return this.states;
  }
}

function codeOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ProxyError) return error.code;
    throw error;
  }
  return 'none';
}

/** The limits that are set. */
function counted(applied: AppliedLimits | undefined): object | undefined {
  return applied && Object.fromEntries(Object.entries(applied).filter(([, limit]) => limit));
}

describe('which limits count', () => {
  const money = { nanoUsd: 2 * USD, period: 'month' } as const;
  const cap = { money: { nanoUsd: 5 * USD, period: 'day', isDailyCap: true } };

  it.each<[string, TokenLimits | undefined, boolean, object | undefined]>([
    ['none of a token without', undefined, true, undefined],
    ['those it has', { requestsPerMinute: 3, money }, true, { requestsPerMinute: 3, money }],
    ['not money where the request costs none', { concurrency: 2, money }, false, { concurrency: 2 }],
    ['none where it has only money, and the request costs none', { money }, false, undefined],
    ['none where it has only models', { models: ['a'], providers: ['b'] }, true, undefined],
    ['tokens a minute', { tokensPerMinute: 9 }, false, { tokensPerMinute: 9 }],
  ])('%s', (_what, limits, costsMoney, expected) => {
    const applied = gateWith().limitsFor(tokenWith(limits), costsMoney);
    if (expected) expect(applied).toEqual({ ...applied, ...expected });
    expect(counted(applied)).toEqual(expected);
  });

  it.each<[string, TokenLimits | undefined, boolean, object | undefined]>([
    ['a token without limits', undefined, true, cap],
    ['not where a request costs nothing', undefined, false, undefined],
    ['a token with other limits', { concurrency: 2 }, true, { concurrency: 2, ...cap }],
    ['a token with models only', { models: ['a'] }, true, cap],
    ['not a token with money of its own', { money }, true, { money }],
  ])('the daily cap counts for %s', (_what, limits, costsMoney, expected) => {
    const gate = gateWith({ dailyCapNanoUsd: 5 * USD });
    const applied = gate.limitsFor(tokenWith(limits), costsMoney);
    expect(counted(applied)).toEqual(expected);
  });

  it.each([
    [undefined, undefined, false],
    [5 * USD, undefined, true],
    [undefined, {}, true],
  ])('with a cap of %p and limits %p a token concerns it: %p', (dailyCapNanoUsd, limits, concerns) => {
    expect(gateWith({ dailyCapNanoUsd }).concerns(tokenWith(limits))).toBe(concerns);
  });

  it('tells the state of each, and of none where there is none', async () => {
    const gate = gateWith({ dailyCapNanoUsd: 5 * USD });
    expect(await gate.state(tokenWith())).toMatchObject([{ kind: 'money', period: 'day', limit: 5 * USD }]);
    expect(gateWith().state(tokenWith())).toEqual([]);
  });
});

describe('the providers and models of a token', () => {
  const gate = gateWith();

  it.each([
    [undefined, 'none', true],
    [['openai'], 'none', true],
    [['anthropic', 'openai'], 'none', true],
    [['anthropic'], 'provider-not-allowed', false],
    [[], 'provider-not-allowed', false],
  ])('providers %j: %s', (providers, code, may) => {
    const token = tokenWith({ providers });
    expect(codeOf(() => gate.checkProvider(token, openai))).toBe(code);
    expect(gate.mayUseProvider(token, openai)).toBe(may);
  });

  it('names the providers that it is for', () => {
    const token = tokenWith({ providers: ['gemini', 'openai'] });
    expect(() => gate.checkProvider(token, anthropic)).toThrow('It is for: gemini, openai.');
    expect(gate.mayUseProvider(tokenWith(), anthropic)).toBe(true);
    expect(codeOf(() => gate.checkProvider(tokenWith(), anthropic))).toBe('none');
  });

  it.each<[readonly string[] | undefined, readonly string[] | undefined, boolean, string]>([
    [undefined, undefined, true, 'none'],
    [['gpt-5*'], ['gpt-5-mini'], true, 'none'],
    [['gpt-5*', 'o3'], ['o3', 'gpt-5'], true, 'none'],
    [['gpt-5*', 'o3'], ['o3', 'gpt-4'], true, 'model-not-allowed'],
    [['o3'], ['o3-pro'], true, 'model-not-allowed'],
    [['o3'], [], false, 'none'],
    [['o3'], [], true, 'model-not-allowed'],
    [['o3'], undefined, false, 'model-not-allowed'],
    [[], ['o3'], false, 'model-not-allowed'],
  ])('models %j of a request for %j that needs one (%p): %s', (models, asked, needsOne, code) => {
    const fresh = gateWith();
    expect(codeOf(() => fresh.checkModels(tokenWith({ models }), asked, needsOne))).toBe(code);
  });

  it('names the models that it is for, and why a request without a name is refused', () => {
    const token = tokenWith({ models: ['gpt-5*', 'o3'] });
    const refused = (models: readonly string[] | undefined) => () => gate.checkModels(token, models, true);
    expect(refused(['gpt-4'])).toThrow(/It is for: gpt-5\*, o3\.$/);
    expect(refused([])).toThrow(
      'It is for: gpt-5*, o3. This request names no model that the proxy can read: send it as uncompressed JSON with one "model".',
    );
    expect(refused(undefined)).toThrow('This request names no model');
  });

  it('knows each token’s own patterns, and those of more tokens than it keeps', () => {
    const many = gateWith();
    const token = (at: number) => tokenWith({ models: [`model-${at}`] }, `token-${at}`);
    for (let round = 0; round < 2; round++)
      for (let at = 0; at < 1_500; at++) {
        expect(many.mayUseModel(token(at), `model-${at}`)).toBe(true);
        expect(many.mayUseModel(token(at), `model-${at + 1}`)).toBe(false);
      }
    expect(many.mayUseModel(tokenWith(), 'any')).toBe(true);
  });
});

describe('a request that is counted', () => {
  const MONEY = { money: { nanoUsd: USD, period: 'day' } } as const;

  it('reserves what it is bounded by, at the time of the clock', async () => {
    const costs = new Costs(undefined);
    const bound = jest.spyOn(costs, 'bound');
    const json = new JsonBody(Buffer.from('{"max_tokens":1000000}'));
    const request = { provider: 'openai', models: ['gpt-5-mini'], json };
    expect(await gateWith({ costs }).reserveFor(request)).toBe(2_000_005_500);
    expect(bound).toHaveBeenCalledWith({ ...request, atMs: NOW });
  });

  it.each([
    [MONEY, 7, 7],
    [MONEY, undefined, CAP_RESERVE_NANO_USD],
    [{ concurrency: 1 }, 7, 0],
  ])('with %j and a reserve of %p begins with %p', (limits, reserve, begun) => {
    const store = new NotingStore();
    void gateWith({ store }).begin(tokenWith(limits), makeExchange(), limits, reserve);
    expect(store.begun).toEqual([['mum', limits, begun]]);
  });

  it('keeps its counts in this instance by default', () => {
    expect(gateWith().store).toBeInstanceOf(TokenCounters);
  });

  it('is refused where it is one too many, and with the time of the clock', () => {
    const gate = gateWith();
    const limits = { requestsPerMinute: 1 };
    const begin = () => gate.begin(tokenWith(limits), makeExchange(), limits);
    expect(codeOf(begin)).toBe('none');
    expect(codeOf(begin)).toBe('token-rate-limited');
    const none = { money: { nanoUsd: 0, period: 'day' } } as const;
    expect(() => gate.begin(tokenWith(none, 'dad'), makeExchange(), none)).toThrow('2026-11-30T00:00:00Z');
  });

  it('settles with nothing where neither tokens nor money are limited', () => {
    const store = new NotingStore();
    const exchange = meteredExchange(METERED);
    void gateWith({ store }).begin(tokenWith(), exchange, { requestsPerMinute: 1 });
    expect(exchange.settle()).toBeUndefined();
    expect(store.settled).toEqual([{ tokens: 0, nanoUsd: 0 }]);
    expect(exchange.record.charge).toBeUndefined();
  });

  it.each([[MONEY], [{ tokensPerMinute: 5 }]])(
    'settles with what it used under %j, and notes it',
    async (limits) => {
      const store = new NotingStore();
      const gate = gateWith({ store });
      const use = { kind: 'known', tokens: 1_500, nanoUsd: 1_250_000 };
      for (let at = 1; at <= 2; at++) {
        const exchange = meteredExchange(METERED);
        void gate.begin(tokenWith(limits), exchange, limits);
        const settling = exchange.settle();
        expect(settling instanceof Promise).toBe(at === 1); // the prices are loaded with the first
        await settling;
        expect(store.settled.length).toBe(at);
        expect(store.settled.at(-1)).toEqual(use);
        expect(exchange.record.charge).toEqual(use);
      }
    },
  );

  it('settles with what is assumed where its use is not told', () => {
    const store = new NotingStore();
    const exchange = meteredExchange({ ...METERED, class: 'unmetered', usage: undefined });
    void gateWith({ store }).begin(tokenWith(MONEY), exchange, MONEY);
    void exchange.settle();
    expect(store.settled).toEqual([{ kind: 'assumed', tokens: ASSUMED_TOKENS, nanoUsd: ASSUMED_NANO_USD }]);
  });

  it('waits for a store that is elsewhere, and does not go on for a client that has left', async () => {
    const store = new NotingStore('later');
    const gate = gateWith({ store });
    const exchange = meteredExchange(undefined);
    await gate.begin(tokenWith(MONEY), exchange, MONEY);
    void exchange.settle();
    expect(store.settled).toEqual([{ kind: 'known', tokens: 0, nanoUsd: 0 }]);
    const left = makeExchange();
    const begun = gate.begin(tokenWith(MONEY), left, MONEY);
    left.stop(new ProxyError('request-timeout'));
    await expect(begun).rejects.toMatchObject({ code: 'request-timeout' });
  });
});

describe('what a token has used of its money', () => {
  const LIMIT = 10 * USD;
  const MONEY = { money: { nanoUsd: LIMIT, period: 'day' } } as const;

  async function reported(usedAfter: number, limits: object = MONEY, states = 1): Promise<unknown[]> {
    const store = new NotingStore();
    const state: LimitState = {
      kind: 'money',
      period: 'day',
      limit: LIMIT,
      used: usedAfter,
      left: 0,
      resetsAtMs: undefined,
    };
    store.states = states === 0 ? [] : [state];
    const onUsed = jest.fn<undefined, [string, number]>();
    const exchange = meteredExchange({ ...METERED, costUsd: 1 });
    void gateWith({ store, onUsed }).begin(tokenWith(), exchange, limits);
    await exchange.settle();
    await new Promise(setImmediate);
    return onUsed.mock.calls;
  }

  it.each<[number, unknown[]]>([
    [7.9 * USD, []],
    [8 * USD, [['mum', 80]]],
    [8.9 * USD, [['mum', 80]]],
    [9 * USD, []],
    [9.9 * USD, []],
    [10 * USD, [['mum', 100]]],
    [10.9 * USD, [['mum', 100]]],
    [11 * USD, []],
  ])('with %p nano-dollars after a request of one dollar reports %j', async (used, calls) => {
    expect(await reported(used)).toEqual(calls);
  });

  it('reports nothing without a limit of money, or without its state', async () => {
    expect(await reported(8 * USD, { tokensPerMinute: 1 })).toEqual([]);
    expect(await reported(8 * USD, MONEY, 0)).toEqual([]);
  });
});

describe('a WebSocket that is counted', () => {
  const MONEY = { money: { nanoUsd: 2_000_000, period: 'day' } } as const;
  const upgrading = (): Exchange => Object.assign(makeExchange(), { upgrades: true });
  /** What METERED costs so many times. */
  const soFar = (responses: number) => ({
    ...METERED,
    usage: METERED.usage && { ...METERED.usage, input: responses * 1_000, output: responses * 500 },
    responses: { begun: responses, untold: 0 },
  });

  it.each<[string, object, boolean, boolean]>([
    ['under a limit of money', MONEY, true, true],
    ['under a limit of tokens', { tokensPerMinute: 9 }, true, true],
    ['not under other limits', { concurrency: 1 }, true, false],
    ['not if it is a request', MONEY, false, false],
  ])('says what it uses %s', (_what, limits, upgrades, isCounted) => {
    const exchange = upgrades ? upgrading() : makeExchange();
    void gateWith().begin(tokenWith(), exchange, limits);
    expect(exchange.onUse !== undefined).toBe(isCounted);
  });

  it('is charged for each response once, and ends with the one that reaches a limit', async () => {
    const gate = gateWith();
    const exchange = upgrading();
    void gate.begin(tokenWith(), exchange, MONEY);
    expect(await exchange.onUse?.(soFar(1))).toBeUndefined();
    expect(await gate.store.state('mum', MONEY)).toMatchObject([{ used: 1_250_000 }]);
    expect(await exchange.onUse?.(soFar(1))).toBeUndefined();
    expect(await exchange.onUse?.(soFar(2))).toMatchObject({ code: 'token-budget-spent', tokenLimit: 0.002 });
    exchange.record.metering = { ...soFar(2), responses: { begun: 2, untold: 0 } };
    await exchange.settle();
    expect(exchange.record.charge).toEqual({ kind: 'known', tokens: 3_000, nanoUsd: 2_500_000 });
    expect(await gate.store.state('mum', MONEY)).toMatchObject([{ used: 2_500_000, left: 0 }]);
  });

  it('is charged at its end for what has not told its use', async () => {
    const store = new NotingStore();
    const exchange = upgrading();
    void gateWith({ store }).begin(tokenWith(), exchange, MONEY);
    await exchange.onUse?.(soFar(1));
    exchange.record.metering = { ...soFar(1), class: 'partial', responses: { begun: 2, untold: 1 } };
    await exchange.settle();
    expect(store.added).toEqual([{ tokens: 1_500, nanoUsd: 1_250_000 }]);
    expect(store.settled).toEqual([{ tokens: ASSUMED_TOKENS, nanoUsd: ASSUMED_NANO_USD }]);
  });

  it('is charged what is assumed of each response that is over and has not told its use', async () => {
    const untold = (responses: number) => ({
      ...METERED,
      class: 'partial' as const,
      usage: undefined,
      responses: { begun: responses, untold: responses },
    });
    const exchange = upgrading();
    void gateWith().begin(tokenWith(), exchange, { tokensPerMinute: 2 * ASSUMED_TOKENS });
    expect(await exchange.onUse?.(untold(1))).toBeUndefined();
    expect(await exchange.onUse?.(untold(2))).toMatchObject({ code: 'token-tokens-limited' });
  });

  it('ends with its tokens of a minute', async () => {
    const exchange = upgrading();
    void gateWith().begin(tokenWith(), exchange, { tokensPerMinute: 1_500 });
    expect(await exchange.onUse?.(soFar(1))).toMatchObject({
      code: 'token-tokens-limited',
      retryAfterMs: 60_000,
    });
  });

  it.each<[FailureCode | undefined, number, FailureCode | undefined]>([
    ['token-revoked', 1, 'token-revoked'],
    ['token-expired', 9, 'token-expired'],
    [undefined, 9, 'token-budget-spent'],
    [undefined, 1, undefined],
  ])('ends with its token (%s after %d responses): %s', async (end, responses, code) => {
    const endOf = jest.fn(() => end);
    const exchange = upgrading();
    const token = tokenWith(MONEY);
    void gateWith({ endOf }).begin(token, exchange, MONEY);
    expect((await exchange.onUse?.(soFar(responses)))?.code).toBe(code);
    expect(endOf.mock.calls).toEqual([[token]]);
    exchange.record.metering = soFar(responses);
    await exchange.settle();
    expect(exchange.record.charge?.nanoUsd).toBe(responses * 1_250_000);
  });

  it('reports with each response what is used of its money', async () => {
    const onUsed = jest.fn<undefined, [string, number]>();
    const exchange = upgrading();
    const limits = { money: { nanoUsd: 3_000_000, period: 'day' } } as const;
    void gateWith({ onUsed }).begin(tokenWith(), exchange, limits);
    for (const responses of [1, 2, 3]) await exchange.onUse?.(soFar(responses));
    exchange.record.metering = { ...soFar(3), responses: { begun: 3, untold: 0 } };
    await exchange.settle();
    await new Promise(setImmediate);
    expect(onUsed.mock.calls).toEqual([
      ['mum', 80],
      ['mum', 100],
    ]);
  });
});
