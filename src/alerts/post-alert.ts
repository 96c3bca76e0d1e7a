import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { openTo } from '../proxy/connect/racing-agent';
import type { ProxyChoice } from '../proxy/connect/http-proxy';
import { errorCode } from '../errors/node-errors';
import type { Alert } from './alert';
import { robotAt } from './robots';

/** For the whole request, including the connection. */
const LIMIT_MS = 10_000;
const MAX_RESPONSE_BYTES = 4_096;

export interface PostOptions {
  readonly limitMs?: number;
  /** The user's HTTP proxy; `undefined` to connect directly. */
  readonly httpProxy?: ProxyChoice | undefined;
}

/**
 * Posts one alert in the form of its receiver.
 * @throws AlertError whose message has nothing of the address and of the response but a status and a code
 */
export async function postAlert(url: URL, alert: Alert, options: PostOptions = {}): Promise<void> {
  const { limitMs = LIMIT_MS, httpProxy } = options;
  const protocol = url.protocol === 'https:' ? 'https:' : 'http:';
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? (protocol === 'https:' ? 443 : 80) : Number(url.port);
  const { opened, cancel } = openTo({ protocol, hostname, port }, limitMs, httpProxy);
  let request: ClientRequest | undefined;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new AlertError(`no response within ${limitMs} ms`)), limitMs);
  });
  const post = async () => {
    const socket = await opened;
    const robot = robotAt(url);
    const body = Buffer.from(JSON.stringify(robot.body(alert, url)));
    const headers = {
      Host: url.host,
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': body.length,
    };
    const path = url.pathname + url.search;
    request = requestHttp({ createConnection: () => socket, method: 'POST', path, headers });
    const response = await responseTo(request.end(body));
    const { statusCode = 0 } = response;
    if (statusCode < 200 || statusCode > 299) throw new AlertError(`status ${statusCode}`);
    const text = await readBeginning(response);
    if (!robot.accepts(parsed(text)))
      throw new AlertError(`${robot.name} did not take the message${codeIn(text)}`);
  };
  try {
    await Promise.race([post(), timeout]);
  } catch (error) {
    if (error instanceof AlertError) throw error;
    throw new AlertError(errorCode(error) || 'the connection failed');
  } finally {
    clearTimeout(timer);
    cancel();
    request?.destroy();
  }
}

export class AlertError extends Error {
  override readonly name = 'AlertError';
}

function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve).on('error', reject);
  });
}

async function readBeginning(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_RESPONSE_BYTES) break;
  }
  return text.slice(0, MAX_RESPONSE_BYTES);
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
