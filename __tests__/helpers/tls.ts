import { readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.resolve(__dirname, '../fixtures/tls');

/** A certificate for localhost, and its key. */
export const TEST_TLS = {
  key: readFileSync(path.join(FOLDER, 'localhost.key'), 'utf8'),
  cert: readFileSync(path.join(FOLDER, 'localhost.crt'), 'utf8'),
};
/** Who signed it, as a file for processes and as text for clients. */
export const TEST_CA_FILE = path.join(FOLDER, 'ca.crt');
export const TEST_CA = readFileSync(TEST_CA_FILE, 'utf8');
