import { CommonClient } from 'tencentcloud-sdk-nodejs-common';
import { clientProfile, type Connection } from '../deploy/connection';
import { consolePage, type Site } from '../deploy/console';
import { scfError, type ScfError } from '../deploy/scf-error';
import { CLS_ENDPOINTS, CLS_VERSION, type SearchLogRequest, type SearchLogResponse } from '../shared/cls';

/** Reads one page of a log. */
export type SearchLog = (request: SearchLogRequest) => Promise<SearchLogResponse>;

const ATTEMPTS = 3;
const CALL_TIMEOUT_SECONDS = 60;
/** A lost or an overloaded call: a search changes nothing, so it can be repeated. */
const REPEATABLE =
  /^$|^RequestLimitExceeded|^LimitExceeded\.SearchResources|^InternalError|^FailedOperation\.SearchTimeout/;

/** CLS by Tencent's common client, which the SDK of SCF is built on; over TLS that is verified. */
export function createSearchLog(
  connection: Connection,
  region: string,
  pause: () => Promise<unknown>,
): SearchLog {
  const { credentials, loopback, site } = connection;
  const client = new CommonClient(loopback ?? CLS_ENDPOINTS[site ?? 'mainland'], CLS_VERSION, {
    credential: credentials,
    region,
    profile: clientProfile(connection, CALL_TIMEOUT_SECONDS),
  });
  return async (request) => {
    for (let left = ATTEMPTS; ; left--) {
      try {
        return (await client.request('SearchLog', request)) as SearchLogResponse;
      } catch (cause) {
        const error = scfError('SearchLog', cause);
        if (left <= 1 || !REPEATABLE.test(error.code)) throw error;
        await pause();
      }
    }
  };
}

/** What to do if the log cannot be read. */
export function remedyForLog({ code }: ScfError, site: Site | undefined): string {
  if (code === '') return 'No response arrived. Check the network of this machine, and try again.';
  if (/^(?:UnauthorizedOperation|AuthFailure\.UnauthorizedOperation|OperationDenied\.ACLFailed)/.test(code))
    return `The account of this key is not permitted to read logs. Give it the policy QcloudCLSReadOnlyAccess at ${consolePage('/cam', site)}.`;
  if (code.startsWith('AuthFailure'))
    return 'Tencent does not accept the credentials. Check TENCENT_SECRET_ID, TENCENT_SECRET_KEY and, for temporary ones, TENCENT_TOKEN.';
  if (/TopicNotExist|LogsetNotExist|TopicClosed/.test(code))
    return 'The topic that the function writes to was deleted. Choose one in the console, in the configuration of the function.';
  if (/IndexNotExist|IndexClosed|AnalysisNotSupport|SyntaxError|QueryError/.test(code))
    return `The topic needs an index on SCF_FunctionName. Turn it on at ${consolePage('/cls', site)}, or let SCF create the topic.`;
  if (/AccountNotExist|NotRegistered|Unregistered|Isolate/.test(code))
    return `CLS is not open for this account, or suspended. Open it once at ${consolePage('/cls', site)}.`;
  return 'Fix what it reports, and try again.';
}
