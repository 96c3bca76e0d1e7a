import type { FinishedRequest } from '../../src/metrics/finished-request';
import { spansOf, type Span, type TracedRequest } from '../../src/monitoring/spans';
import { traceParentIn } from '../../src/monitoring/trace-parent';
import { NO_USAGE } from '../../src/meter/usage';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

const CHAT: FinishedRequest = {
  endedAtMs: 1_700_000_001_500,
  durationMs: 1_500.25,
  firstTokenMs: 400,
  provider: 'gemini',
  method: 'POST',
  route: '/v1beta/models/*:streamGenerateContent',
  status: 200,
  outcome: 'complete',
  error: '',
  token: 'mum',
  model: 'gemini-secret',
  isStream: true,
  attempts: 2,
  bytes: 1_000,
  metering: {
    class: 'metered',
    model: 'gemini-3-pro-001',
    usage: { ...NO_USAGE, input: 20, output: 300 },
    costUsd: undefined,
  },
  knownNanoUsd: undefined,
};

function spans(finished: Partial<FinishedRequest> = {}, more: Partial<TracedRequest> = {}): Span[] {
  let id = 0;
  const traced = {
    finished: { ...CHAT, ...finished },
    requestId: 'r1',
    traceParent: undefined,
    invocationId: undefined,
    server: { hostname: 'generativelanguage.googleapis.com', port: 443 },
    ...more,
  };
  return spansOf(traced, {
    randomHex: (bytes) => String(++id).padStart(2 * bytes, '0'),
    clean: (name) => name.replace('secret', '[redacted]'),
  });
}

const attributesOf = (span: Span | undefined) =>
  Object.fromEntries(
    (span?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0] as unknown]),
  );

it('A chat is a span of the request, and in it one of the operation at the provider.', () => {
  const [server, client] = spans({}, { invocationId: 'scf-1' });
  expect(server).toMatchObject({
    name: 'POST /v1beta/models/*:streamGenerateContent',
    kind: 2,
    startTimeUnixNano: '1699999999999750000',
    endTimeUnixNano: '1700000001500000000',
  });
  expect(attributesOf(server)).toMatchObject({
    'http.request.method': 'POST',
    'http.route': '/v1beta/models/*:streamGenerateContent',
    'http.response.status_code': '200',
    'faas.trigger': 'http',
    'faas.invocation_id': 'scf-1',
    'proxy.access_token.name': 'mum',
  });
  expect(client).toMatchObject({
    name: 'generate_content gemini-[redacted]',
    kind: 3,
    traceId: server?.traceId,
    parentSpanId: server?.spanId,
  });
  expect(client).not.toHaveProperty('status');
  expect(attributesOf(client)).toEqual({
    'gen_ai.operation.name': 'generate_content',
    'gen_ai.provider.name': 'gcp.gemini',
    'gen_ai.request.model': 'gemini-[redacted]',
    'gen_ai.response.model': 'gemini-3-pro-001',
    'gen_ai.usage.input_tokens': '20',
    'gen_ai.usage.output_tokens': '300',
    'server.address': 'generativelanguage.googleapis.com',
    'server.port': '443',
    'proxy.attempts': '2',
    'proxy.stream': true,
    'proxy.first_token_ms': '400',
  });
});

it('A request that reached no provider has one span.', () => {
  expect(spans({ attempts: 0 })).toHaveLength(1);
  expect(spans({ provider: undefined })).toHaveLength(1);
});

it('An error marks the span of the operation, and that of the request only if it is the server’s.', () => {
  const [server, client] = spans({ status: 429, outcome: 'upstream-error', error: '429' });
  expect(client).toMatchObject({ status: { code: 2 } });
  expect(attributesOf(client)).toMatchObject({ 'error.type': '429' });
  expect(server).not.toHaveProperty('status');
  expect(spans({ status: 502, outcome: 'proxy-error', error: 'upstream-reset' })[0]).toMatchObject({
    status: { code: 2 },
  });
});

it('A client’s trace goes on, with its span as the parent.', () => {
  const [server] = spans({}, { traceParent: `00-${TRACE}-${PARENT}-01` });
  expect(server).toMatchObject({ traceId: TRACE, parentSpanId: PARENT, flags: 1 });
});

it('A trace that the client does not sample has no spans here.', () => {
  expect(spans({}, { traceParent: `00-${TRACE}-${PARENT}-00` })).toEqual([]);
});

it.each([
  ['', 'empty'],
  [`00-${TRACE.toUpperCase()}-${PARENT}-01`, 'in capitals'],
  [`00-${'0'.repeat(32)}-${PARENT}-01`, 'without a trace'],
  [`00-${TRACE}-${'0'.repeat(16)}-01`, 'without a span'],
  [`ff-${TRACE}-${PARENT}-01`, 'of a version that there is not'],
  [`00-${TRACE}-${PARENT}-01-more`, 'longer than its version allows'],
  [`00-${TRACE}-${PARENT}`, 'cut short'],
  [`00-${TRACE}-${PARENT}-01\n`, 'with a line break'],
])('A traceparent %j, which is %s, begins a new trace.', (traceParent) => {
  expect(traceParentIn(traceParent)).toBeUndefined();
  const [server] = spans({}, { traceParent });
  expect(server?.traceId).not.toBe(TRACE);
  expect(server).not.toHaveProperty('parentSpanId');
});

it('A traceparent of a later version is read as far as this one goes.', () => {
  expect(traceParentIn(`01-${TRACE}-${PARENT}-01-more`)).toMatchObject({ traceId: TRACE, isSampled: true });
});
