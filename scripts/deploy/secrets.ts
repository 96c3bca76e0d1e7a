import type { Environment } from '../../src/config/effective-value';
import { customProvidersOf } from '../../src/config/read-config';
import { variableRows } from '../../src/config/provider-variables';
import { createRedact, type Redact } from '../../src/log/redact';
import type { Credentials } from './connection';

/** Shorter ones would be masked inside words, and are unlikely to be secrets. */
const MIN_LENGTH = 6;
/** The weight and the budget of a key. */
const AFTER_KEY = /(?:\*\d+|@[\d.]+usd[a-z/]*)+$/i;
const MASK = '[redacted]';

/**
 * Makes the redaction of everything that a deployment prints: Tencent's responses may quote what was sent,
 * in any context.
 */
export function createDeployRedact(credentials: Credentials, environment: Environment): Redact {
  const known = secretsIn(credentials, environment).sort((a, b) => b.length - a.length); // whole secrets before their parts
  const forms = createRedact();
  return (text) => forms(known.reduce((line, secret) => line.replaceAll(secret, MASK), text));
}

/** Every secret that a deployment uses. */
export function secretsIn({ secretKey, token = '' }: Credentials, environment: Environment): string[] {
  const names = variableRows(customProvidersOf(environment)).flatMap(({ secret, name, alias }) =>
    secret ? [name, alias ?? name] : [],
  );
  const values = names.map((name) => environment[name] ?? '');
  // A list's items, whole and without the name before (name:token) or the weight and budget after (key*2@9usd).
  const items = values.flatMap((value) => value.split(/[|,\n]/)).map((item) => item.trim());
  const parts = items.flatMap((item) => [item, item.replace(/^[^:]*:/, ''), item.replace(AFTER_KEY, '')]);
  return [secretKey, token, ...values, ...parts].filter((secret) => secret.length >= MIN_LENGTH);
}
