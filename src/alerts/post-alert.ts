import { postOnce } from '../proxy/connect/post-once';
import type { ProxyChoice } from '../proxy/connect/http-proxy';
import type { Alert } from './alert';
import { robotAt } from './robots';

/** For the whole request, including the connection. */
const LIMIT_MS = 10_000;

export interface PostOptions {
  readonly limitMs?: number;
  /** The user's HTTP proxy; `undefined` to connect directly. */
  readonly httpProxy?: ProxyChoice | undefined;
}

/**
 * Posts one alert in the form of its receiver.
 * @throws AlertError or PostError, whose message has nothing of the address and of the response but a status and a code
 */
export async function postAlert(url: URL, alert: Alert, options: PostOptions = {}): Promise<void> {
  const { limitMs = LIMIT_MS, httpProxy } = options;
  const robot = robotAt(url);
  const protocol = url.protocol === 'https:' ? 'https:' : 'http:';
  const { status, text } = await postOnce({
    origin: {
      protocol,
      hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? (protocol === 'https:' ? 443 : 80) : Number(url.port),
      host: url.host,
    },
    path: url.pathname + url.search,
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
    body: Buffer.from(JSON.stringify(robot.body(alert, url))),
    limitMs,
    httpProxy,
  });
  if (status < 200 || status > 299) throw new AlertError(`status ${status}`);
  if (!robot.accepts(parsed(text)))
    throw new AlertError(`${robot.name} did not take the message${codeIn(text)}`);
}

export class AlertError extends Error {
  override readonly name = 'AlertError';
}

/** `undefined` if it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The receiver's own number for what is wrong; its text may quote what it likes. */
function codeIn(text: string): string {
  const code = /"(?:errcode|code|error_code)"\s{0,4}:\s{0,4}(\d{1,9})/.exec(text)?.[1];
  return code === undefined ? '' : `: ${code}`;
}
