import { platformRemedy } from '../shared/platform-statuses';
import { ALLOWED_REGIONS, listRegions, REFUSED_REGIONS } from '../shared/regions';
import { member, numberOf, parseJson, textOf } from './json';
import { explainErrorResponse } from './error-response';
import { fail, ok, skipped, warn, type CheckResult, type Finding } from './result';
import { bearer, type Target } from './target';
import { call, upload } from './wire';

/** The fields of `/-/health` that the other checks need. */
export interface Health {
  readonly region: string | undefined;
  readonly functionLimitMs: number | undefined;
  readonly memoryMb: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly idleTimeoutMs: number | undefined;
  readonly maxBodyBytes: number | undefined;
}

const NOT_OURS = 'Check the address: it must be the public URL of this proxy, with its stage if it has one.';

/** Whether this proxy responds at the address, and its version. */
export async function checkHealth(
  { base }: Target,
  ownVersion: string,
): Promise<{ readonly finding: Finding; readonly health?: Health }> {
  const startedMs = performance.now();
  const response = await call(`${base}/-/health`);
  const ms = Math.round(performance.now() - startedMs);
  const body = parseJson(response.text);
  const version = textOf(member(body, 'version'));
  const platform = response.header('x-proxy-error') === undefined && platformRemedy(response.status);
  if (platform) return { finding: fail(`SCF itself responds, with the status ${response.status}`, platform) };
  if (response.status !== 200 || member(body, 'status') !== 'ok' || version === undefined) {
    return { finding: fail(`status ${response.status}, but the response is not from this proxy`, NOT_OURS) };
  }
  const commit = textOf(member(body, 'commit')) ?? 'unknown';
  const detail = `version ${version} (commit ${commit}), up ${String(member(body, 'uptime_seconds'))} s, responded in ${ms} ms`;
  const limit = (name: string) => numberOf(member(body, 'limits', name));
  return {
    finding:
      version === ownVersion
        ? ok(detail)
        : warn(`${detail}; this checkout has ${ownVersion}`, 'Deploy again: npm run deploy.'),
    health: {
      region: textOf(member(body, 'region')),
      functionLimitMs: limit('function_limit_ms'),
      memoryMb: limit('function_memory_mb'),
      timeoutMs: limit('timeout_ms'),
      idleTimeoutMs: limit('idle_timeout_ms'),
      maxBodyBytes: limit('max_body_bytes'),
    },
  };
}

export function checkRegion({ region }: Health): Finding {
  if (region === undefined) return skipped('It does not run on SCF');
  if ((REFUSED_REGIONS as readonly string[]).includes(region)) {
    return fail(
      `${region}: OpenAI and Anthropic reject requests from there`,
      `Deploy to one of ${listRegions()}.`,
    );
  }
  return (ALLOWED_REGIONS as readonly string[]).includes(region)
    ? ok(region)
    : warn(`${region} is not a known region`, 'Rely on the egress check.');
}

/** Where each provider sees the function. */
export async function checkEgress({ base, token, adminToken }: Target): Promise<CheckResult[]> {
  const whole = (finding: Finding): CheckResult[] => [{ name: 'egress', ...finding }];
  const response = await call(`${base}/-/egress`, { headers: bearer(adminToken ?? token) });
  if (response.status === 401 && token === undefined && adminToken === undefined) {
    return whole(skipped('It needs a token', 'Give --token or --admin-token.'));
  }
  const reports = parseJson(response.text);
  if (response.status !== 200 || typeof reports !== 'object' || reports === null) {
    return whole(explainErrorResponse('GET /-/egress', response));
  }
  return Object.entries(reports).map(([provider, report]) => ({
    name: `egress ${provider}`,
    ...egressFinding(provider, report),
  }));
}

function egressFinding(provider: string, report: unknown): Finding {
  const [ip, country, colo] = ['ip', 'country', 'colo'].map((name) => textOf(member(report, name)) ?? '?');
  const place = `${ip} in ${country} (${colo})`;
  switch (member(report, 'verdict')) {
    case 'allowed':
      return ok(`${provider} sees ${place}, which it serves`);
    case 'refused':
      return fail(
        `${provider} sees ${place}, which it rejects`,
        'Deploy to a region outside Hong Kong and the mainland before you send a key: the provider may close the account.',
      );
    default:
      return warn(
        `It is unknown where ${provider} sees the function: ${textOf(member(report, 'reason')) ?? 'no reason given'}`,
        'This is expected for a custom upstream; otherwise check public network access.',
      );
  }
}

/** A model may need longer than this before it responds. */
const TOO_SHORT_MS = 30_000;
const SHORT_MS = 120_000;

/** The time and size limits in force. */
export function checkLimits(health: Health): Finding {
  const { functionLimitMs, memoryMb, timeoutMs, idleTimeoutMs, maxBodyBytes } = health;
  if (timeoutMs === undefined) return warn('/-/health reports no limits', 'Deploy again: npm run deploy.');
  const platform =
    functionLimitMs === undefined
      ? 'the platform reports no limit'
      : `the function stops after ${seconds(functionLimitMs)}${memoryMb === undefined ? '' : ` (${memoryMb} MB)`}`;
  const detail = `${platform}; a response must begin within ${seconds(timeoutMs)} and ends after ${seconds(idleTimeoutMs ?? 0)} of silence; bodies up to ${megabytes(maxBodyBytes ?? 0)}`;
  const remedy = 'Set timeout: 900 in serverless.yml (the platform’s default is 3 s), and deploy again.';
  if (functionLimitMs !== undefined && functionLimitMs <= TOO_SHORT_MS)
    return fail(`${detail}: too short for a response`, remedy);
  if (functionLimitMs !== undefined && functionLimitMs < SHORT_MS)
    return warn(`${detail}: long responses are cut off`, remedy);
  return ok(detail);
}

const MB = 1_048_576;

/** What happens to a body over SCF's 6 MB. It is sent to one of the proxy's pages, which rejects every POST. */
export async function checkLargeBody({ base }: Target, { maxBodyBytes }: Health): Promise<Finding> {
  const url = `${base}/-/health`;
  const large = await upload(url, 7 * MB).catch(() => undefined);
  if (large?.header('x-proxy-error') === 'method-not-allowed') {
    return maxBodyBytes !== undefined && maxBodyBytes < 7 * MB
      ? ok(`7 MB reach the proxy, which rejects them with 413: MAX_BODY_BYTES is ${megabytes(maxBodyBytes)}`)
      : ok('7 MB reach the proxy');
  }
  const outcome = large
    ? `7 MB are rejected with ${large.status} before the proxy`
    : '7 MB are cut off without a response';
  const smaller = await upload(url, 5 * MB).catch(() => undefined);
  if (smaller?.header('x-proxy-error') !== 'method-not-allowed') {
    return warn(
      `${outcome}, and so are 5 MB, which SCF would accept`,
      'Raise the limit of the gateway in front (nginx: client_max_body_size 10m).',
    );
  }
  return large && large.status >= 400 && large.status < 500
    ? ok(`${outcome}; 5 MB pass. SCF accepts 6 MB at most`)
    : warn(
        `${outcome}; 5 MB pass`,
        'Keep uploads under 6 MB: SCF accepts no more, and clients only see a failed request.',
      );
}

const FOREIGN = 'https://doctor.example';

/** Whether a page of another origin may call the proxy: preflight and response. */
export async function checkCors({ base }: Target): Promise<Finding> {
  const preflight = await call(`${base}/v1/chat/completions`, {
    method: 'OPTIONS',
    headers: {
      origin: FOREIGN,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-stainless-os',
    },
  });
  const response = await call(`${base}/-/health`, { headers: { origin: FOREIGN } });
  const origins = [preflight, response].map((one) => one.header('access-control-allow-origin'));
  if (origins.some((origin) => origin?.includes(','))) {
    return fail(
      'Access-Control-Allow-Origin is sent twice, which browsers reject',
      'Turn CORS off in the gateway in front (CorsConfig of the trigger, add_header in nginx): the proxy handles it.',
    );
  }
  const allowed = origins.map((origin) => origin === '*' || origin === FOREIGN);
  if (!allowed[0] && !allowed[1]) {
    return warn(
      'Pages of other origins may not read responses',
      'CORS_ORIGINS causes this. If a web page has to call the proxy, add its origin.',
    );
  }
  const headers = preflight.header('access-control-allow-headers')?.toLowerCase() ?? '';
  if (!allowed[0] || preflight.status >= 300 || !headers.includes('authorization')) {
    return fail(
      `The preflight is not granted (${preflight.status})`,
      'Pass OPTIONS requests to the proxy without authentication in between.',
    );
  }
  if (!allowed[1]) {
    return fail(
      'The preflight is granted, but the response is not',
      'Pass response headers through unchanged.',
    );
  }
  return ok('Pages of any origin may call it');
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

function megabytes(bytes: number): string {
  return `${Math.round((bytes / MB) * 10) / 10} MB`;
}
