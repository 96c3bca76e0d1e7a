import { appendFileSync, chmodSync, existsSync, readFileSync } from 'node:fs';
import { effectiveText, isSet, type Environment } from '../../src/config/effective-value';
import { envFileOf } from '../../src/config/local-environment';
import { VARIABLES } from '../../src/config/variables';
import { newTokens } from '../token/new-tokens';
import { DeployError } from './deploy-error';
import type { Prepared } from './prepare';
import type { GetFunctionResponse } from './scf-api';
import { NANO_PER_USD } from '../../src/prices/nano-usd';

const TOKENS = VARIABLES.accessTokens.name;
/** The name of the first token; the log shows it. */
const FIRST_NAME = 'me';

/** Who may use a function whose configuration has no access tokens. */
export type Access =
  /** There are access tokens, or `ALLOW_ANONYMOUS=true`. */
  | { readonly kind: 'configured' }
  /** The function is new, and gets a token. */
  | {
      readonly kind: 'new-token';
      readonly token: string;
      /** What it may spend a day with the server's keys, if there are any and there is a limit. */
      readonly dailyCapNanoUsd?: number | undefined;
    }
  /** The function has tokens that this machine does not know, and keeps them. */
  | { readonly kind: 'kept'; readonly tokens: string }
  /** The function has none, and stays as it is. */
  | { readonly kind: 'open' };

/** Whether neither tokens are configured nor their absence is meant. */
export function lacksToken(environment: Environment, packaged: Environment): boolean {
  if (isSet(VARIABLES.accessTokens, environment, packaged)) return false;
  const text = effectiveText(VARIABLES.allowAnonymous, environment, packaged);
  const allowed = VARIABLES.allowAnonymous.parse(text);
  return 'value' in allowed && !allowed.value;
}

/** A token of 190 bits whose characters need no escaping anywhere. */
export function firstToken(): string {
  return newTokens({ name: undefined, count: 1 })?.[0] ?? '';
}

/** A function's variables with the token. */
export function withToken(
  environment: Readonly<Record<string, string>>,
  token: string,
): Record<string, string> {
  return { ...environment, [TOKENS]: `${FIRST_NAME}:${token}` };
}

/**
 * Decides who may use the function, now that it is known whether there is one. A function that is in use is not closed to
 * its clients by a deployment that does not mention tokens.
 * @throws DeployError if the server has keys that anyone could use
 */
export function decideAccess(
  { settings, provisionalToken, hasServerKeys, dailyCapNanoUsd }: Prepared,
  there: GetFunctionResponse | undefined,
): { readonly access: Access; readonly environment: Readonly<Record<string, string>> } {
  const { environment } = settings;
  if (provisionalToken === undefined) return { access: { kind: 'configured' }, environment };
  const tokens = there?.Environment?.Variables?.find(({ Key }) => Key === TOKENS)?.Value ?? '';
  // One whose creation failed has no clients: it is created again.
  const isNew = !there || (there.Status === 'CreateFailed' && tokens === '');
  if (isNew) {
    const cap = hasServerKeys && dailyCapNanoUsd !== undefined ? { dailyCapNanoUsd } : {};
    return { access: { kind: 'new-token', token: provisionalToken, ...cap }, environment };
  }
  if (tokens !== '') {
    return { access: { kind: 'kept', tokens }, environment: { ...environment, [TOKENS]: tokens } };
  }
  if (hasServerKeys) {
    throw new DeployError([
      'ACCESS_TOKENS must be set when the server has keys, or anyone who knows the URL can use them. The function exists and has no tokens, so none is made: its clients would be locked out. Make one with "npm run token", or set ALLOW_ANONYMOUS=true.',
    ]);
  }
  const { [TOKENS]: _provisional, ...without } = environment;
  return { access: { kind: 'open' }, environment: without };
}

/**
 * Adds the token to `.env`, which only its owner may then read. Lines that are there stay as they are.
 * @throws DeployError if the file cannot be written
 */
export function saveToken(folder: string, token: string): void {
  const file = envFileOf(folder);
  try {
    const before = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
    if (before[0] === 0xff && before[1] === 0xfe) throw new Error('it is UTF-16; save it as UTF-8');
    const newline = before.length > 0 && before.at(-1) !== 0x0a ? '\n' : '';
    appendFileSync(file, `${newline}${TOKENS}=${FIRST_NAME}:${token}\n`, { mode: 0o600 });
    chmodSync(file, 0o600); // a file that was there keeps its mode otherwise
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DeployError([
      `The access token of the new function could not be written to .env: ${reason}. Nothing was deployed. Set ACCESS_TOKENS yourself ("npm run token -- --name me" makes one), and deploy again.`,
    ]);
  }
}

/** The lines about a new token, with the addresses to paste into clients. */
export function tokenLines(url: string, token: string, dailyCapNanoUsd?: number): string[] {
  return [
    `Access token, also in .env: ${token}`,
    `Base URL with the token in it, for clients of OpenAI's API: ${url}/${token}/v1`,
    `The same for clients of Anthropic's and Gemini's: ${url}/${token}`,
    "The client's API key is your own, as before; if the server has keys, it is the token. Share these addresses as you share a password.",
    ...(dailyCapNanoUsd === undefined
      ? []
      : [
          `The token may spend ${dailyCapNanoUsd / NANO_PER_USD} USD a day of the server's keys, in each instance. DAILY_CAP_USD changes that; "npm run token -- --name NAME --usd 5/month" makes tokens with a limit of their own.`,
        ]),
  ];
}

export const OPEN_WARNING =
  'Anyone who knows this URL can use the proxy: it has no access tokens. Make one with "npm run token -- --name me", set it as ACCESS_TOKENS in .env, and deploy again; or set ALLOW_ANONYMOUS=true if that is what you want.';

export const CI_TOKEN_NOTE =
  "An access token was made. It is not printed, since logs of CI may be public: read ACCESS_TOKENS among the function's environment variables in Tencent's console. Further deployments keep it.";
