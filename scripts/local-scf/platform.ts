import type { ServerFunction } from './functions';

/** The account that the functions run in. */
export const ACCOUNT = { appId: '1250000000', uin: '100000000001' };

/** The gateways between a client and the function, from the outermost: the first one counts as the peer. */
const GATEWAYS = ['11.163.0.1', '10.132.0.1'] as const;

/** The temporary credentials that the platform gives a function: they must never reach an upstream or a log. */
export const ROLE = {
  secretId: 'AKIDlocal-scf-role-secret-id',
  secretKey: 'local-scf-role-secret-key',
  sessionToken: 'local-scf-role-session-token',
};

/** The environment of an instance, except PORT. */
export function environmentOf(
  { name, region, runtime, configuration }: ServerFunction,
  forTest: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    ...forTest,
    ...Object.fromEntries(configuration.variables.map(({ Key, Value }) => [Key, Value])),
    // The start file uses the platform's node at its absolute path; here it is the one that runs the tests.
    PATH: `${process.execPath.replace(/\/[^/]*$/, '')}:/usr/bin:/bin`,
    HOME: '/home/qcloud',
    USER_CODE_ROOT: '/var/user/',
    SCF_RUNTIME: runtime,
    SCF_FUNCTIONNAME: name,
    SCF_FUNCTIONVERSION: '$LATEST',
    TENCENTCLOUD_REGION: region,
    TENCENTCLOUD_APPID: ACCOUNT.appId,
    TENCENTCLOUD_UIN: ACCOUNT.uin,
    TENCENTCLOUD_TZ: 'UTC+8:00',
    TENCENTCLOUD_RUNENV: 'SCF',
    TENCENTCLOUD_SECRETID: ROLE.secretId,
    TENCENTCLOUD_SECRETKEY: ROLE.secretKey,
    TENCENTCLOUD_SESSIONTOKEN: ROLE.sessionToken,
  };
}

/**
 * What the platform adds to a request, as measured (2026-10-10, Function URL and custom domain alike). There is no
 * `X-Scf-Remote-Addr`, and the client's address is in the middle of `X-Forwarded-For`: after what the client sent itself,
 * before the gateways. The role's credentials are always added here, so that every test shows where they end up.
 */
export function platformHeaders(
  { name, region, configuration }: ServerFunction,
  { requestId, remoteAddress, forwardedFor }: PlatformContext,
): Readonly<Record<string, string>> {
  return {
    'X-Scf-Request-Id': requestId,
    'X-Scf-Memory': String(configuration.memoryMb),
    'X-Scf-Timeout': String(configuration.timeoutS * 1000),
    'X-Scf-Version': '$LATEST',
    'X-Scf-Name': name,
    'X-Scf-Namespace': 'default',
    'X-Scf-Region': region,
    'X-Scf-Appid': ACCOUNT.appId,
    'X-Scf-Uin': ACCOUNT.uin,
    'X-Scf-Secret-Id': ROLE.secretId,
    'X-Scf-Secret-Key': ROLE.secretKey,
    'X-Scf-Session-Token': ROLE.sessionToken,
    'X-Real-Ip': GATEWAYS[0],
    'X-Forwarded-For': [
      ...(forwardedFor === undefined ? [] : [forwardedFor]),
      remoteAddress,
      ...GATEWAYS,
    ].join(', '),
    // Seen by an application behind https.
    'X-Forwarded-Proto': 'http',
  };
}

export interface PlatformContext {
  readonly requestId: string;
  readonly remoteAddress: string;
  /** The client's own header of this name. */
  readonly forwardedFor: string | undefined;
}
