import { secretsOf, type Config } from '../config/read-config';
import { createRedact, type Redact } from '../log/redact';

const made = new WeakMap<Config, Redact>();

/** A value as JSON without secrets: a client may have sent one as the name of a model. */
export function redactedJson(config: Config, value: unknown): string {
  return redactionOf(config)(JSON.stringify(value));
}

/** The redaction of a configuration's secrets, made once. */
export function redactionOf(config: Config): Redact {
  const redact = made.get(config) ?? createRedact(secretsOf(config));
  made.set(config, redact);
  return redact;
}
