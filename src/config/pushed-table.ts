import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Environment } from './effective-value';

/** Variables that running instances use in place of those in their package. */
export interface PushedTable {
  readonly variables: Readonly<Record<string, string>>;
  /** The ids of the packages that were known when it was pushed; one that is not among them was deployed later. */
  readonly packages: readonly string[];
  /** The wall clock of the machine that pushed it, in ms; a later table replaces an earlier one. */
  readonly pushedMs: number;
}

/** Of a sealed table, in characters. */
export const MAX_PUSHED = 1024 * 1024;
/** Of the packages that are known: one for each configuration that was deployed in the last months. */
export const MAX_PACKAGES = 1_000;

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** The keys in Redis of all proxies with one CONFIG_SECRET. */
export interface PushKeys {
  /** The sealed table; a message on the channel of the same name says that it has changed. */
  readonly table: string;
  /** A hash: the id of each package that follows it, and when an instance of it connected last (Unix time in s). */
  readonly packages: string;
}

/** Other proxies may use the same Redis, so the name says whose it is, and nothing of the secret. */
export function pushKeys(secret: string): PushKeys {
  const name = `scf-llm-proxy:config:${keyFor(secret, 'name').toString('hex', 0, 8)}`;
  return { table: name, packages: `${name}:packages` };
}

/** Tells the variables of one package from those of another, and nothing else of them. */
export function packageId(packaged: Environment, secret: string): string {
  const entries = Object.entries(packaged).sort(([one], [other]) => (one < other ? -1 : 1));
  const mac = createHmac('sha256', keyFor(secret, 'package')).update(JSON.stringify(entries));
  return mac.digest('base64url').slice(0, 22);
}

/** Redis has keys and tokens only so that nobody else can read or change them. */
export function sealTable(table: PushedTable, secret: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keyFor(secret, 'table'), nonce);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(table), 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** The table; `undefined` if it was not sealed with this secret, or was changed since. */
export function openTable(text: string, secret: string): PushedTable | undefined {
  try {
    const bytes = Buffer.from(text, 'base64url');
    const decipher = createDecipheriv(CIPHER, keyFor(secret, 'table'), bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const opened = Buffer.concat([
      decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)),
      decipher.final(),
    ]);
    const table: unknown = JSON.parse(opened.toString('utf8'));
    return isTable(table) ? table : undefined;
  } catch {
    return undefined;
  }
}

/** A version that writes something else has the same secret. */
function isTable(value: unknown): value is PushedTable {
  if (typeof value !== 'object' || value === null) return false;
  const { variables, packages, pushedMs } = value as Partial<Record<keyof PushedTable, unknown>>;
  return (
    typeof variables === 'object' &&
    variables !== null &&
    Object.values(variables).every((text) => typeof text === 'string') &&
    Array.isArray(packages) &&
    packages.every((id) => typeof id === 'string') &&
    Number.isSafeInteger(pushedMs)
  );
}

function keyFor(secret: string, purpose: 'table' | 'package' | 'name'): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `scf-llm-proxy config 1 ${purpose}`, KEY_BYTES));
}
