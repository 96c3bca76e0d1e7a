import { CommonClient } from 'tencentcloud-sdk-nodejs-common';
import { clientProfile, type Connection } from '../deploy/connection';
import { consolePage, type Site } from '../deploy/console';
import { repeated } from '../deploy/repeat';
import type { ScfError } from '../deploy/scf-error';
import {
  CLS_ACTIONS,
  CLS_ENDPOINTS,
  CLS_VERSION,
  type ClsAction,
  type SearchLogRequest,
  type SearchLogResponse,
} from '../shared/cls';

/** Reads one page of a log. */
export type SearchLog = (request: SearchLogRequest) => Promise<SearchLogResponse>;

const CALL_TIMEOUT_SECONDS = 60;

/** CLS by Tencent's common client, which the SDK of SCF is built on; over TLS that is verified. */
export function createSearchLog(connection: Connection, region: string, pauseMs = 500): SearchLog {
  const { credentials, loopback, site } = connection;
  const client = new CommonClient(loopback ?? CLS_ENDPOINTS[site ?? 'mainland'], CLS_VERSION, {
    credential: credentials,
    region,
    profile: clientProfile(connection, CALL_TIMEOUT_SECONDS),
  });
  const call = (action: ClsAction, request: object): Promise<unknown> =>
    repeated({ action, kind: CLS_ACTIONS[action], pauseMs, once: () => client.request(action, request) });
  return async (request) => (await call('SearchLog', request)) as SearchLogResponse;
}

/** What to do if the log cannot be read. */
export function remedyForLog({ code }: ScfError, site: Site | undefined): string {
  if (code === '')
    return 'No response arrived. Check the network of this machine (HTTPS_PROXY is honoured), and try again.';
  if (/^(?:UnauthorizedOperation|AuthFailure\.UnauthorizedOperation|OperationDenied\.ACLFailed)/.test(code))
    return `The account of this key is not permitted to read logs. Give it the policy that "npm run deploy -- policy" prints, or QcloudCLSReadOnlyAccess, at ${consolePage('/cam', site)}.`;
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
