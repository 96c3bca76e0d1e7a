import http from 'node:http';
import { createSimulatedUpstream } from '../fakes/simulated-upstream';
import { openaiError } from '../fakes/simulated-replies';

const HOUR_MS = 3_600_000;
const HOURS = 24;
const MODELS = ['gpt-5.4-mini', 'claude-haiku-4-5', 'gpt-5.4', 'claude-sonnet-4-5', 'gpt-5.4-nano'];
export const LIMITED_KEY = 'sk-simulated-limited-0123456789';

/** The simulated providers; one key is rate-limited, and one model is not known. */
export function createUpstream(): http.Server {
  const simulated = createSimulatedUpstream();
  return http.createServer((request, response) => {
    const isLimited = request.headers.authorization?.includes(LIMITED_KEY) === true;
    const refusal = isLimited
      ? openaiError(429, 'rate_limit_exceeded', { 'retry-after': '40' })
      : request.url?.includes('/images/') === true
        ? openaiError(404, 'model_not_found')
        : undefined;
    if (!refusal) {
      simulated.emit('request', request, response);
      return;
    }
    request.resume();
    response.writeHead(refusal.status, refusal.headers);
    response.end(refusal.pieces.join(''));
  });
}

export interface TrafficOptions {
  readonly url: string;
  /** The access tokens. */
  readonly tokens: readonly string[];
  /** Sets the proxy's clock. */
  readonly setNow: (ms: number) => void;
}

/** A day's requests, hour by hour, at an office's pace; the last ones are of now. */
export async function sendTraffic({ url, tokens, setNow }: TrafficOptions): Promise<void> {
  const endMs = Date.now();
  for (let hour = HOURS - 1; hour >= 0; hour--) {
    const count = Math.round(3 + 5 * (1 + Math.sin((hour + 3) / 3.6)));
    const sent: Promise<void>[] = [];
    for (let at = 0; at < count; at++) {
      const turn = hour * 7 + at * 3;
      sent.push(
        send(
          url,
          tokens[turn % tokens.length] ?? '',
          MODELS[turn % MODELS.length] ?? '',
          hour % 6 === 0 && at % 2 === 0,
          turn,
        ),
      );
    }
    setNow(endMs - hour * HOUR_MS);
    await Promise.all(sent);
  }
  setNow(endMs);
}

async function send(url: string, token: string, model: string, stream: boolean, turn: number): Promise<void> {
  const isAnthropic = model.startsWith('claude');
  const path = isAnthropic
    ? '/v1/messages'
    : turn % 11 === 0
      ? '/v1/images/generations'
      : '/v1/chat/completions';
  const response = await fetch(url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
    },
    body: JSON.stringify({ model, stream, max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  await response.arrayBuffer();
}
