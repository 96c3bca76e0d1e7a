/**
 * The messages of OTLP as far as this proxy sends them, with all fields that they have there, by their names in JSON:
 * https://github.com/open-telemetry/opentelemetry-proto/tree/v1.5.0/opentelemetry/proto (collector/trace/v1,
 * collector/metrics/v1, common/v1, resource/v1, trace/v1, metrics/v1), in the JSON of
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding: ids are hexadecimal, integers of 64 bits are texts or
 * numbers, enumerations are numbers, unknown fields an error here.
 */
type Check = (value: unknown) => string | undefined;
type Message = Readonly<Record<string, Check>>;

const matches =
  (what: string, test: (value: unknown) => boolean): Check =>
  (value) =>
    test(value) ? undefined : `is no ${what}: ${JSON.stringify(value)}`;

const text = matches('string', (value) => typeof value === 'string');
const bool = matches('bool', (value) => typeof value === 'boolean');
const double = matches('double', (value) => typeof value === 'number' || value === 'NaN');
const uint64 = matches('uint64', (value) => /^\d{1,20}$/.test(String(value)));
const int64 = matches('int64', (value) => /^-?\d{1,19}$/.test(String(value)));
const uint32 = matches(
  'uint32',
  (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 32,
);
const hex = (bytes: number) =>
  matches(`id of ${bytes} bytes`, (value) =>
    new RegExp(`^(?!0+$)[0-9a-f]{${2 * bytes}}$`).test(String(value)),
  );
const oneOf = (...values: readonly number[]) =>
  matches(`one of ${values.join(', ')}`, (value) => typeof value === 'number' && values.includes(value));

const listOf =
  (item: Check): Check =>
  (value) => {
    if (!Array.isArray(value)) return 'is no list';
    for (const [at, one] of value.entries()) {
      const problem = item(one);
      if (problem !== undefined) return `[${at}] ${problem}`;
    }
    return undefined;
  };

/** @param required of a `oneof` exactly one is there */
const message =
  (
    fields: Message,
    { required = [], oneof = [] }: { required?: readonly string[]; oneof?: readonly string[] } = {},
  ): Check =>
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is no message';
    const entries = Object.entries(value);
    for (const [name, one] of entries) {
      const problem = Object.hasOwn(fields, name) ? fields[name]?.(one) : 'is unknown';
      if (problem !== undefined) return `.${name} ${problem}`;
    }
    const missing = required.find((name) => !(name in value));
    if (missing !== undefined) return `has no ${missing}`;
    const given = oneof.filter((name) => name in value);
    return oneof.length === 0 || given.length === 1
      ? undefined
      : `has ${given.length} of ${oneof.join(', ')}`;
  };

const anyValue = message(
  { stringValue: text, boolValue: bool, intValue: int64, doubleValue: double },
  { oneof: ['stringValue', 'boolValue', 'intValue', 'doubleValue'] },
);
const keyValue = message({ key: text, value: anyValue }, { required: ['key', 'value'] });
const attributes = listOf(keyValue);
const resource = message({ attributes, droppedAttributesCount: uint32 });
const scope = message({ name: text, version: text, attributes, droppedAttributesCount: uint32 });

const span = message(
  {
    traceId: hex(16),
    spanId: hex(8),
    traceState: text,
    parentSpanId: hex(8),
    flags: uint32,
    name: text,
    kind: oneOf(1, 2, 3, 4, 5),
    startTimeUnixNano: uint64,
    endTimeUnixNano: uint64,
    attributes,
    droppedAttributesCount: uint32,
    droppedEventsCount: uint32,
    droppedLinksCount: uint32,
    status: message({ message: text, code: oneOf(0, 1, 2) }),
  },
  { required: ['traceId', 'spanId', 'name', 'kind', 'startTimeUnixNano', 'endTimeUnixNano'] },
);

const times = { startTimeUnixNano: uint64, timeUnixNano: uint64, flags: uint32 };
const numberPoint = message(
  { attributes, ...times, asDouble: double, asInt: int64 },
  { required: ['timeUnixNano'], oneof: ['asDouble', 'asInt'] },
);
const histogramPoint = message(
  {
    attributes,
    ...times,
    count: uint64,
    sum: double,
    bucketCounts: listOf(uint64),
    explicitBounds: listOf(double),
    min: double,
    max: double,
  },
  { required: ['timeUnixNano', 'startTimeUnixNano', 'count', 'bucketCounts', 'explicitBounds'] },
);
const temporality = oneOf(1, 2);
const metric = message(
  {
    name: text,
    description: text,
    unit: text,
    gauge: message({ dataPoints: listOf(numberPoint) }, { required: ['dataPoints'] }),
    sum: message(
      { dataPoints: listOf(numberPoint), aggregationTemporality: temporality, isMonotonic: bool },
      { required: ['dataPoints', 'aggregationTemporality'] },
    ),
    histogram: message(
      { dataPoints: listOf(histogramPoint), aggregationTemporality: temporality },
      { required: ['dataPoints', 'aggregationTemporality'] },
    ),
  },
  { required: ['name'], oneof: ['gauge', 'sum', 'histogram'] },
);

const scopeSpans = message({ scope, spans: listOf(span), schemaUrl: text });
const scopeMetrics = message({ scope, metrics: listOf(metric), schemaUrl: text });

/** What is wrong with the body of a request to `/v1/traces`; `undefined` if nothing is. */
export const traceRequestProblem = message({
  resourceSpans: listOf(message({ resource, scopeSpans: listOf(scopeSpans), schemaUrl: text })),
});
/** The same for `/v1/metrics`. */
export const metricsRequestProblem = message({
  resourceMetrics: listOf(message({ resource, scopeMetrics: listOf(scopeMetrics), schemaUrl: text })),
});
