import { CHAT_RESPONSE, CHAT_PATH, chatBody } from '../rig/messages';
import { ask, requestBytes, type Target } from '../rig/request';
import { loadRequests } from '../rig/request-load';
import { account } from './account';
import type { Figure, Scenario } from './scenario';
import { whileRunning } from './subject';

const FIGURES: readonly Figure[] = [
  { key: 'cpuUs', title: 'CPU per request', unit: 'µs', digits: 0, compared: 'ratio' },
  { key: 'perSecond', title: 'requests per second', unit: '', digits: 0 },
  { key: 'p50Ms', title: 'added latency p50', unit: 'ms', digits: 2, compared: 'added' },
  { key: 'p99Ms', title: 'added latency p99', unit: 'ms', digits: 2, compared: 'added' },
];

export const SMALL_CHATS: readonly Scenario[] = [
  chats({ name: 'chat-1', title: '1 KB chats, one at a time', concurrency: 1, inQuick: false }),
  chats({ name: 'chat-32', title: '1 KB chats, 32 at a time', concurrency: 32, inQuick: true }),
  chats({
    name: 'chat-32-steady',
    title: '1 KB chats, 32 at a time, after 4 s of them',
    concurrency: 32,
    warmUpMs: 3_500,
    inQuick: false,
  }),
  chats({ name: 'chat-256', title: '1 KB chats, 256 at a time', concurrency: 256, inQuick: false }),
];

const LONG = { concurrency: 8, promptBytes: 128 * 1024 };

export const LONG_PROMPTS: readonly Scenario[] = [
  chats({ name: 'prompt', title: '128 KiB prompts, 8 at a time', ...LONG, inQuick: true }),
  chats({
    name: 'prompt-steady',
    title: '128 KiB prompts, 8 at a time, after 4 s of them',
    ...LONG,
    warmUpMs: 3_500,
    inQuick: false,
  }),
];

export const TLS_CHATS = chats({
  name: 'tls-chat',
  title: '1 KB chats, 32 at a time, TLS upstream',
  concurrency: 32,
  overTls: true,
  inQuick: true,
});

interface Chats {
  readonly name: string;
  readonly title: string;
  readonly concurrency: number;
  readonly promptBytes?: number;
  readonly overTls?: boolean;
  /** With the measured request, after half a second of small chats. */
  readonly warmUpMs?: number;
  readonly inQuick: boolean;
}

function chats({
  name,
  title,
  concurrency,
  promptBytes,
  overTls = false,
  warmUpMs = 300,
  inQuick,
}: Chats): Scenario {
  return {
    name,
    title,
    overTls,
    alsoDirect: !overTls,
    inQuick,
    figures: overTls ? FIGURES.filter(({ compared }) => compared !== 'added') : FIGURES,
    measure: (subject, extent) =>
      whileRunning(subject, async (running) => {
        const { target } = running;
        const request = requestBytes(target, CHAT_PATH, chatBody('bench-chat', promptBytes));
        const load = {
          port: target.port,
          request,
          concurrency,
          responseBytes: await firstChat(target, request),
        };
        await warmUp(target);
        await loadRequests({ ...load, durationMs: warmUpMs });
        const durationMs = extent === 'quick' ? 600 : 2_000;
        const [result, { cpuSeconds }] = await account(running, () => loadRequests({ ...load, durationMs }));
        const { responses, perSecond, p50Ms, p99Ms, problems } = result;
        return {
          figures: { cpuUs: (cpuSeconds / responses) * 1e6, perSecond, p50Ms, p99Ms },
          problems,
        };
      }),
  };
}

/** Half a second of small chats, as a young function instance has served. */
export async function warmUp(target: Target): Promise<void> {
  const request = requestBytes(target, CHAT_PATH, chatBody());
  const responseBytes = await firstChat(target, request);
  await loadRequests({ port: target.port, request, concurrency: 32, durationMs: 500, responseBytes });
}

/**
 * Checks that a chat gets what the upstream sent.
 * @returns the size of that response in bytes; a gateway may serialise it again
 */
export async function firstChat(target: Target, request: Buffer): Promise<number> {
  const { status, body } = await ask(target.port, request);
  if (status !== 200) throw new Error(`a chat got status ${status}: ${body.toString().slice(0, 200)}`);
  if (said(body.toString()) !== said(CHAT_RESPONSE))
    throw new Error('a chat did not get what the upstream sent');
  return body.length;
}

function said(response: string): string | undefined {
  const { choices } = JSON.parse(response) as { choices?: { message: { content: string } }[] };
  return choices?.[0]?.message.content;
}
