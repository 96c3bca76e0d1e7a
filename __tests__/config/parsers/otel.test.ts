import {
  otlpEndpoint,
  otlpHeaders,
  resourceAttributes,
  secretsInHeaders,
} from '../../../src/config/parsers/otel';
import { ConfigError, readConfig, secretsOf } from '../../../src/config/read-config';

const problemsOf = (environment: Record<string, string>): string => {
  try {
    readConfig(environment);
    return '';
  } catch (error) {
    return error instanceof ConfigError ? error.message : String(error);
  }
};

it('Headers of a collector are decoded, with equals signs in a value and blanks around a pair.', () => {
  expect(otlpHeaders(' Authorization=Basic%20dXNlcjprZXk=, x-a = 1%2C2 ')).toEqual({
    value: [
      ['Authorization', 'Basic dXNlcjprZXk='],
      ['x-a', '1,2'],
    ],
  });
  expect(otlpHeaders('')).toEqual({ value: [] });
});

it.each([
  ['no value', 'x-a'],
  ['a broken escape', 'x-a=%2'],
  ['a line break in a value', 'x-a=1%0D%0Ax-b:2'],
  ['a colon in a name', 'x:a=1'],
  ['no name', '=1'],
  ['a header that describes the request', 'Content-Length=1'],
  ['the host', 'host=a'],
])('Headers with %s are a problem, whose message has nothing of them.', (_, text) => {
  const result = otlpHeaders(text);
  expect(result).toHaveProperty(
    'problem',
    expect.stringMatching(/^must be a comma-separated list of headers/),
  );
  expect(JSON.stringify(result)).not.toContain(text);
});

it('Attributes of the service are decoded, and one without a name or a value is a problem.', () => {
  expect(resourceAttributes('a.b=c%3Dd,e=')).toEqual({
    value: [
      ['a.b', 'c=d'],
      ['e', ''],
    ],
  });
  expect(resourceAttributes('a.b')).toHaveProperty('problem');
  expect(resourceAttributes('=c')).toHaveProperty('problem');
});

it.each([
  ['https://otlp.example.com/otlp/', { protocol: 'https:', port: 443, pathPrefix: '/otlp' }],
  ['http://localhost:4318', { protocol: 'http:', port: 4318, pathPrefix: '' }],
  ['http://otel-collector:4318', { hostname: 'otel-collector' }],
])('A collector at %s is accepted.', (text, origin) => {
  expect(otlpEndpoint(text)).toMatchObject({ value: origin });
});

it.each([
  'http://otlp.example.com',
  'otlp.example.com:4317',
  'https://a:b@otlp.example.com',
  'https://a.b/?c=d',
])('A collector at %s is refused.', (text) => {
  expect(otlpEndpoint(text)).toHaveProperty('problem');
});

it('What is secret in headers is redacted, with and without its scheme, but not the name of a tenant.', () => {
  expect(
    secretsInHeaders([
      ['Authorization', 'Bearer abcdefgh12345678'],
      ['x-tenant', 'a'],
    ]),
  ).toEqual(['Bearer abcdefgh12345678', 'abcdefgh12345678']);
  const config = readConfig({
    METRICS_TOKEN: 'scraper-0123456789abcdef',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-key=abcdefgh12345678',
  });
  expect(secretsOf(config)).toEqual(expect.arrayContaining(['scraper-0123456789abcdef', 'abcdefgh12345678']));
});

it('A metrics token that is short, or is another token as well, is a problem that does not show it.', () => {
  const token = 'shared-0123456789abcdef';
  expect(problemsOf({ METRICS_TOKEN: 'short-one' })).toContain(
    'METRICS_TOKEN must have at least 16 characters',
  );
  for (const other of [{ ADMIN_TOKEN: token }, { ACCESS_TOKENS: `mum:${token}` }]) {
    const problems = problemsOf({ METRICS_TOKEN: token, ...other });
    expect(problems).toContain('METRICS_TOKEN must not be ADMIN_TOKEN or one of ACCESS_TOKENS');
    expect(problems).not.toContain(token);
  }
  expect(problemsOf({ METRICS_TOKEN: token })).toBe('');
});
