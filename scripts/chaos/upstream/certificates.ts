import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { SecureContextOptions } from 'node:tls';

const FOLDER = path.join(__dirname, 'tls');
const TESTS_FOLDER = path.resolve(__dirname, '../../../__tests__/fixtures/tls');
/** All certificates here are for this key. */
const key = readFileSync(path.join(TESTS_FOLDER, 'localhost.key'));

/** Who signed the certificates, for `NODE_EXTRA_CA_CERTS`. */
export const CA_FILE = path.join(FOLDER, 'ca.crt');

/** A certificate for localhost and 127.0.0.1: a valid one, or one that expired in 2020. */
export function certificate(name: 'localhost' | 'expired'): SecureContextOptions {
  return { key, cert: readFileSync(path.join(FOLDER, `${name}.crt`)) };
}

/** The tests' certificate: no proxy here knows its authority. */
export const UNKNOWN_CERTIFICATE: SecureContextOptions = {
  key,
  cert: readFileSync(path.join(TESTS_FOLDER, 'localhost.crt')),
};
