import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import type { Environment } from '../../src/config';

/** What signs calls. The secret key itself never leaves this machine. */
export interface Credentials {
  readonly secretId: string;
  readonly secretKey: string;
  readonly token?: string;
}

/** Whom to call, and as whom. */
export interface Connection {
  readonly credentials: Credentials;
  /** host:port of a stand-in on this machine, for tests; undefined is Tencent's own. */
  readonly loopback?: string;
}

/** Which host:port may stand in for Tencent's API. Anything further away would be given signed requests. */
export const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/;

/** This machine's variables and those of a `.env` file, which set ones outweigh. Empty ones count as not set. */
export function environmentOf(folder: string, own: Environment): Environment {
  const file = path.join(folder, '.env');
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return { ...fromFile, ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== '')) };
}

/** Reads credentials and the tests' endpoint; what is missing or wrong is preflight's to tell. */
export function readConnection(environment: Environment): Connection {
  const { TENCENT_SECRET_ID, TENCENT_SECRET_KEY, TENCENT_TOKEN, TENCENT_SCF_ENDPOINT } = environment;
  return {
    credentials: {
      secretId: TENCENT_SECRET_ID ?? '',
      secretKey: TENCENT_SECRET_KEY ?? '',
      ...(TENCENT_TOKEN === undefined ? {} : { token: TENCENT_TOKEN }),
    },
    ...(TENCENT_SCF_ENDPOINT === undefined ? {} : { loopback: TENCENT_SCF_ENDPOINT }),
  };
}

/** The proxy that Tencent's client goes through by itself, as long as it is given no agent. */
export function usesHttpProxy(environment: Environment): boolean {
  return (environment['http_proxy'] ?? '') !== '';
}
