import { METRICS } from '../../src/metrics/definitions';
import type { FinishedRequest } from '../../src/metrics/finished-request';
import { genAiProvider, operationOf } from '../../src/metrics/gen-ai';
import { LabelValues, MAX_VALUES } from '../../src/metrics/label-values';
import { prometheusText } from '../../src/metrics/prometheus-text';
import { RequestMetrics } from '../../src/metrics/request-metrics';
import { Histogram, MAX_SERIES, Series, Sum } from '../../src/metrics/series';
import { NO_USAGE } from '../../src/meter/usage';
import { parseExposition, sumOf } from '../helpers/exposition';

const CHAT: FinishedRequest = {
  endedAtMs: Date.UTC(2026, 10, 29),
  durationMs: 1_500,
  firstTokenMs: 400,
  provider: 'openai',
  method: 'POST',
  route: '/v1/chat/completions',
  status: 200,
  outcome: 'complete',
  error: '',
  token: 'mum',
  model: 'gpt-5-mini',
  isStream: true,
  attempts: 2,
  bytes: 1_000,
  metering: {
    class: 'metered',
    model: 'gpt-5-mini-2026',
    usage: { ...NO_USAGE, input: 20, output: 300 },
    costUsd: undefined,
  },
  knownNanoUsd: undefined,
};

function textOf(...requests: readonly FinishedRequest[]): string {
  const metrics = new RequestMetrics(
    (name) => name.replace('secret', '[redacted]'),
    () => 2_500_000,
  );
  for (const request of requests) metrics.add(request);
  return prometheusText(metrics.families());
}
const pageOf = (...requests: readonly FinishedRequest[]) => parseExposition(textOf(...requests));

it('A chat is counted under each metric that concerns it.', () => {
  const page = pageOf(CHAT);
  const model = {
    gen_ai_operation_name: 'chat',
    gen_ai_provider_name: 'openai',
    gen_ai_request_model: 'gpt-5-mini',
  };
  const name = 'gen_ai_client_token_usage';
  expect(sumOf(page, `${name}_sum`, { ...model, gen_ai_token_type: 'input' })).toBe(20);
  expect(sumOf(page, `${name}_sum`, { ...model, gen_ai_token_type: 'output' })).toBe(300);
  expect(sumOf(page, 'gen_ai_client_operation_duration_seconds_sum', { ...model, error_type: '' })).toBe(1.5);
  expect(sumOf(page, 'gen_ai_server_time_to_first_token_seconds_sum', model)).toBe(0.4);
  const labels = { provider: 'openai', status_class: '2xx', outcome: 'complete', error: '' };
  expect(sumOf(page, 'proxy_requests_total', labels)).toBe(1);
  expect(sumOf(page, 'proxy_upstream_attempts_total', { provider: 'openai' })).toBe(2);
  expect(sumOf(page, 'proxy_response_bytes_total')).toBe(1_000);
  expect(sumOf(page, 'proxy_metered_responses_total', { meter: 'metered' })).toBe(1);
  expect(sumOf(page, 'proxy_cost_usd_total', { provider: 'openai', model: 'gpt-5-mini' })).toBe(0.0025);
  expect(sumOf(page, 'proxy_access_token_requests_total', { token: 'mum', status_class: '2xx' })).toBe(1);
  expect(sumOf(page, 'proxy_access_token_tokens_total', { token: 'mum', type: 'output' })).toBe(300);
  expect(sumOf(page, 'proxy_access_token_cost_usd_total', { token: 'mum' })).toBe(0.0025);
});

it('Each bucket of a histogram counts the values that are at most its bound, up to +Inf.', () => {
  const page = pageOf(CHAT, { ...CHAT, durationMs: 10 }, { ...CHAT, durationMs: 100_000 });
  const name = 'gen_ai_client_operation_duration_seconds';
  const at = (le: string) => sumOf(page, `${name}_bucket`, { le });
  expect([at('0.01'), at('1.28'), at('2.56'), at('81.92'), at('+Inf')]).toEqual([1, 1, 2, 2, 3]);
  expect(sumOf(page, `${name}_count`)).toBe(3);
  const bounds = page.samples
    .filter(({ name: sample }) => sample === `${name}_bucket`)
    .map(({ labels }) => labels['le']);
  expect(bounds).toEqual([...(METRICS.operationDuration.bounds ?? []).map(String), '+Inf']);
});

it('A request that failed is counted with its error, and has no time to a first token.', () => {
  const failed = {
    ...CHAT,
    status: 429,
    outcome: 'upstream-error',
    error: '429',
    metering: undefined,
  } as const;
  const page = pageOf(failed);
  expect(sumOf(page, 'proxy_requests_total', { status_class: '4xx', error: '429' })).toBe(1);
  expect(sumOf(page, 'gen_ai_client_operation_duration_seconds_count', { error_type: '429' })).toBe(1);
  expect(sumOf(page, 'gen_ai_server_time_to_first_token_seconds_count')).toBe(0);
});

it('A page of the proxy is counted without a provider, and under nothing else.', () => {
  const { samples } = pageOf({ ...CHAT, provider: undefined });
  expect(samples).toEqual([
    {
      name: 'proxy_requests_total',
      labels: { provider: '', status_class: '2xx', outcome: 'complete', error: '' },
      value: 1,
    },
  ]);
});

it('A model that no provider has served has no label of its own, so that invented ones take nobody’s place.', () => {
  const invented = Array.from({ length: 200 }, (_, at) => ({
    ...CHAT,
    model: `invented-${at}`,
    status: 404,
    metering: undefined,
  }));
  const page = pageOf(...invented, CHAT);
  const count = (model: string) =>
    sumOf(page, 'gen_ai_client_operation_duration_seconds_count', { gen_ai_request_model: model });
  expect([count('other'), count('gpt-5-mini')]).toEqual([200, 1]);
});

it('The hundred and first value of a label, and one too long for a name, are “other”.', () => {
  const values = new LabelValues((text) => text);
  const first = Array.from({ length: MAX_VALUES }, (_, at) => values.of(`v${at}`, true));
  expect(new Set(first).size).toBe(MAX_VALUES);
  expect(values.of('v7', true)).toBe('v7');
  expect(values.of('late', true)).toBe('other');
  expect(new LabelValues((text) => text).of('x'.repeat(1_000), true)).toBe('other');
});

it('Series never become more than their maximum and one.', () => {
  const series = new Series(() => new Sum());
  for (let at = 0; at < 2 * MAX_SERIES; at++) series.at(['a', String(at)]).value++;
  const all = [...series.all()];
  expect(all).toHaveLength(MAX_SERIES + 1);
  expect(all.at(-1)).toMatchObject({ labels: ['other', 'other'], value: { value: MAX_SERIES } });
});

it('Quotes, backslashes and line breaks in a label are escaped, and two names that are cleaned alike are one series.', () => {
  const odd = 'a "quoted" \\ back\nslash';
  const page = pageOf(
    { ...CHAT, model: odd },
    { ...CHAT, model: 'secret' },
    { ...CHAT, model: '[redacted]' },
  );
  const models = page.samples
    .filter(({ name }) => name === 'proxy_cost_usd_total')
    .map(({ labels, value }) => [labels['model'], value]);
  // A line break separates labels inside, so whoever cleans names takes it out; the text itself would survive it.
  expect(models).toEqual([
    [odd, 0.0025],
    ['[redacted]', 0.005],
  ]);
});

it('Every metric has a help and a type, also one that has no series yet.', () => {
  const { helps, types, samples } = pageOf();
  expect(samples).toEqual([]);
  expect(types.get('proxy_requests_total')).toBe('counter');
  expect([...types.keys()].sort()).toEqual([...helps.keys()].sort());
});

it('A histogram puts a value that equals a bound into that bucket.', () => {
  const histogram = new Histogram([1, 2]);
  for (const value of [1, 1.5, 2, 3]) histogram.add(value);
  expect(histogram).toMatchObject({ counts: [1, 2, 1], sum: 7.5, count: 4 });
});

it.each([
  ['/v1/chat/completions', 'chat'],
  ['/v1/messages', 'chat'],
  ['/v1/responses', 'chat'],
  ['/v1/realtime', 'chat'],
  ['/v1/completions', 'text_completion'],
  ['/v1/embeddings', 'embeddings'],
  ['/v1beta/models/*:streamGenerateContent', 'generate_content'],
  ['/v1beta/models/*:generateContent', 'generate_content'],
  ['/v1beta/models/*:batchEmbedContents', 'embeddings'],
  ['/v1/files', undefined],
])('%s is the operation %s of OpenTelemetry’s conventions.', (route, operation) => {
  expect(operationOf(route)).toBe(operation);
});

it('Providers have the names of OpenTelemetry’s list, and those that are not in it their own.', () => {
  expect(['openai', 'gemini', 'azure', 'mistral', 'xai', 'mine'].map(genAiProvider)).toEqual([
    'openai',
    'gcp.gemini',
    'azure.ai.openai',
    'mistral_ai',
    'x_ai',
    'mine',
  ]);
});
