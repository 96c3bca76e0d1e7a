import { customProvidersOf, type Environment } from '../../src/config';
import { variableRows } from '../../src/config/provider-variables';
import { createRedact, type Redact } from '../../src/redact';
import type { Credentials } from './connection';

/** Shorter ones would be masked inside words, and are hardly secrets. */
const MIN_LENGTH = 6;
const MASK = '[redacted]';

/**
 * Makes the redaction of everything that a deployment prints: Tencent's answers may quote what was sent, in any
 * surroundings.
 */
export function createDeployRedact(credentials: Credentials, environment: Environment): Redact {
  const known = secretsIn(credentials, environment).sort((a, b) => b.length - a.length); // wholes before their parts
  const forms = createRedact();
  return (text) => forms(known.reduce((line, secret) => line.replaceAll(secret, MASK), text));
}

/** Every secret that a deployment holds. */
export function secretsIn({ secretKey, token = '' }: Credentials, environment: Environment): string[] {
  const names = variableRows(customProvidersOf(environment)).flatMap(({ secret, name, otherName }) =>
    secret ? [name, otherName ?? name] : [],
  );
  const values = names.map((name) => environment[name] ?? '');
  // A list's items, whole and without the name before them (name:token) or the weight behind (key*2).
  const items = values.flatMap((value) => value.split(/[|,\n]/)).map((item) => item.trim());
  const parts = items.flatMap((item) => [item, item.replace(/^[^:]*:/, ''), item.replace(/\*\d+$/, '')]);
  return [secretKey, token, ...values, ...parts].filter((secret) => secret.length >= MIN_LENGTH);
}
