/** A metric: what it is called, and what it is about. */
export interface Definition {
  /** Its name in OpenTelemetry. */
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** In UCUM's notation, as OpenTelemetry has it: in braces if it is only a remark. */
  readonly unit: string;
  readonly help: string;
  /** Names of its labels in OpenTelemetry; in Prometheus with underscores in place of dots. */
  readonly labels: readonly string[];
  /** The bounds of a histogram. */
  readonly bounds?: readonly number[];
}

/** Units in the names of Prometheus. */
const UNIT_NAMES: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes' };

/**
 * A metric's name in Prometheus, the same that OpenTelemetry's rules make of it, so that what is scraped and what comes by a
 * collector is one: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 */
export function prometheusName({ name, unit, kind }: Definition): string {
  const stem = name.replaceAll('.', '_');
  const unitName = UNIT_NAMES[unit];
  const withUnit = unitName === undefined || stem.endsWith(`_${unitName}`) ? stem : `${stem}_${unitName}`;
  return kind === 'counter' ? `${withUnit}_total` : withUnit;
}

const define = (definition: Definition) => definition;

const OF_MODEL = ['gen_ai.operation.name', 'gen_ai.provider.name', 'gen_ai.request.model'];

/**
 * All metrics of this proxy. The names that begin with `gen_ai` and their bounds are those of OpenTelemetry's conventions:
 * https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
 */
export const METRICS = {
  tokenUsage: define({
    name: 'gen_ai.client.token.usage',
    kind: 'histogram',
    unit: '{token}',
    help: 'Tokens of input and output that a request used, where the response tells it.',
    labels: [...OF_MODEL, 'gen_ai.token.type'],
    bounds: [
      1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
    ],
  }),
  operationDuration: define({
    name: 'gen_ai.client.operation.duration',
    kind: 'histogram',
    unit: 's',
    help: 'Time of a request, from its arrival until its response had ended, retries included.',
    labels: [...OF_MODEL, 'error.type'],
    bounds: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
  }),
  firstToken: define({
    name: 'gen_ai.server.time_to_first_token',
    kind: 'histogram',
    unit: 's',
    help: 'Time from the arrival of a request until the first byte of its stream went out; of streams that were no error.',
    labels: OF_MODEL,
    bounds: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  }),
  requests: define({
    name: 'proxy.requests',
    kind: 'counter',
    unit: '{request}',
    help: 'Requests that have ended, those for pages of the proxy (without a provider) included.',
    labels: ['provider', 'status_class', 'outcome', 'error'],
  }),
  attempts: define({
    name: 'proxy.upstream.attempts',
    kind: 'counter',
    unit: '{attempt}',
    help: 'Times that requests were sent to a provider.',
    labels: ['provider'],
  }),
  bytes: define({
    name: 'proxy.response.bytes',
    kind: 'counter',
    unit: 'By',
    help: 'Bytes of response bodies that were sent to clients.',
    labels: ['provider'],
  }),
  metered: define({
    name: 'proxy.metered_responses',
    kind: 'counter',
    unit: '{response}',
    help: 'Responses that have used something, by how much of that is known.',
    labels: ['provider', 'meter'],
  }),
  cost: define({
    name: 'proxy.cost.usd',
    kind: 'counter',
    unit: '{USD}',
    help: 'What requests cost, in US dollars, as far as it is known.',
    labels: ['provider', 'model'],
  }),
  tokenRequests: define({
    name: 'proxy.access_token.requests',
    kind: 'counter',
    unit: '{request}',
    help: 'Requests by the name of their access token.',
    labels: ['token', 'status_class'],
  }),
  tokenTokens: define({
    name: 'proxy.access_token.tokens',
    kind: 'counter',
    unit: '{token}',
    help: "Tokens of models that an access token's requests have used, where the responses tell it.",
    labels: ['token', 'type'],
  }),
  tokenCost: define({
    name: 'proxy.access_token.cost.usd',
    kind: 'counter',
    unit: '{USD}',
    help: "What an access token's requests cost, in US dollars, as far as it is known.",
    labels: ['token'],
  }),
  openRequests: define({
    name: 'proxy.open_requests',
    kind: 'gauge',
    unit: '{request}',
    help: 'Requests that are running, without those for pages of the proxy.',
    labels: [],
  }),
  openStreams: define({
    name: 'proxy.open_streams',
    kind: 'gauge',
    unit: '{stream}',
    help: 'Streams that are being sent to clients.',
    labels: [],
  }),
  keyState: define({
    name: 'proxy.key.state',
    kind: 'gauge',
    unit: '{key}',
    help: 'State of each key of the server: 1 for the one that it is in (live, cooling for some models, out), 0 for the others. A key is named by its hash.',
    labels: ['pool', 'key', 'state'],
  }),
  budgetLimit: define({
    name: 'proxy.budget.limit.usd',
    kind: 'gauge',
    unit: '{USD}',
    help: 'Budgets of keys and of access tokens in ACCESS_TOKENS, in US dollars, for the period that they begin anew with.',
    labels: ['kind', 'name', 'period'],
  }),
  budgetSpent: define({
    name: 'proxy.budget.spent.usd',
    kind: 'gauge',
    unit: '{USD}',
    help: 'What was spent of a budget in its present period, in US dollars.',
    labels: ['kind', 'name', 'period'],
  }),
  dropped: define({
    name: 'proxy.otlp.dropped',
    kind: 'counter',
    unit: '{item}',
    help: 'Spans, and exports of metrics, that did not reach OTEL_EXPORTER_OTLP_ENDPOINT.',
    labels: ['signal'],
  }),
  build: define({
    name: 'proxy.build_info',
    kind: 'gauge',
    unit: '{build}',
    help: 'Always 1: the version and commit, and an id of this instance.',
    labels: ['version', 'commit', 'node', 'instance_id'],
  }),
  residentMemory: define({
    name: 'process.resident_memory',
    kind: 'gauge',
    unit: 'By',
    help: 'Resident memory of the process, in bytes.',
    labels: [],
  }),
  heapUsed: define({
    name: 'nodejs.heap_size_used',
    kind: 'gauge',
    unit: 'By',
    help: "Used part of V8's heap, in bytes.",
    labels: [],
  }),
  external: define({
    name: 'nodejs.external_memory',
    kind: 'gauge',
    unit: 'By',
    help: "Memory outside of V8's heap that objects in it hold, in bytes.",
    labels: [],
  }),
  cpu: define({
    name: 'process.cpu',
    kind: 'counter',
    unit: 's',
    help: 'CPU time of the process, in seconds.',
    labels: [],
  }),
  startTime: define({
    name: 'process.start_time',
    kind: 'gauge',
    unit: 's',
    help: 'When the process started, as Unix time in seconds.',
    labels: [],
  }),
} as const;
