import {
  AT_ONCE_HEADER,
  CHAT_PATH,
  chatBody,
  ONCE_REFUSED_HEADER,
  READ_MODEL,
  UNREAD_MODEL,
  UNROUTED_MODEL,
} from '../rig/messages';
import { numberedRequests, requestBytes, type Target } from '../rig/request';
import { loadRequests } from '../rig/request-load';
import { inTurns } from '../rig/pairs';
import { account } from './account';
import { firstChat, warmUp } from './chats';
import type { Scenario } from './scenario';
import { whileRunning } from './subject';

const US = { unit: 'µs', digits: 0 };

/** A request, or what makes one after the other. */
type Requests = Buffer | (() => Buffer);

/** A scenario of two kinds of chats that differ in one thing only. */
interface Pair extends Pick<Scenario, 'name' | 'title' | 'needs'> {
  readonly plainTitle: string;
  readonly costlyTitle: string;
  /** Each of 0.3 s; by default 8. */
  readonly turns?: number;
  readonly plain: (target: Target) => Requests;
  readonly costly: (target: Target) => Requests;
}

/**
 * The meter has no switch. So the same response is sent with a content type that it does not read. What is saved: the copy
 * of the body, the search for the usage, its price, and the figures in the log and the book, which have an entry either way.
 */
export const METER = pair({
  name: 'meter',
  title: '1 KB chats, 32 at a time, by whether the meter reads them',
  plainTitle: 'CPU, not read',
  costlyTitle: 'CPU, read',
  plain: (target) => requestBytes(target, CHAT_PATH, chatBody(UNREAD_MODEL)),
  costly: (target) => requestBytes(target, CHAT_PATH, chatBody(READ_MODEL)),
});

/**
 * The upstream refuses each request once, with 503, whatever key it has: a key that gets 401 or 429 would be out for the
 * requests that follow, and a provider of a chain passed over after three failures.
 */
export const FAILOVER = pair({
  name: 'failover',
  title: '1 KB chats, 32 at a time, by whether the first key gets 503',
  plainTitle: 'CPU, served at once',
  costlyTitle: 'CPU, by the second key',
  needs: 'failsOver',
  plain: (target) => numbered(target, AT_ONCE_HEADER),
  costly: (target) => numbered(target, ONCE_REFUSED_HEADER),
});

/** Where there are routes, a chat whose model is an alias of another provider's, and one whose model has no route. */
export const ROUTE = pair({
  name: 'route',
  title: '1 KB chats, 32 at a time, by whether their model has a route',
  plainTitle: 'CPU, without a route',
  costlyTitle: 'CPU, by a route',
  turns: 24,
  needs: 'routesModels',
  plain: (target) => requestBytes(target, CHAT_PATH, chatBody(UNROUTED_MODEL)),
  costly: (target) => requestBytes(target, CHAT_PATH, chatBody()),
});

function numbered({ headers, ...target }: Target, header: string): () => Buffer {
  return numberedRequests((number) =>
    requestBytes({ ...target, headers: { ...headers, [header]: number } }, CHAT_PATH, chatBody()),
  );
}

function pair({
  name,
  title,
  plainTitle,
  costlyTitle,
  turns: wholeTurns = 8,
  plain,
  costly,
  ...needs
}: Pair): Scenario {
  return {
    name,
    title,
    overTls: false,
    alsoDirect: false,
    inQuick: false,
    ...needs,
    figures: [
      { key: 'plainUs', title: plainTitle, ...US },
      { key: 'costlyUs', title: costlyTitle, ...US },
      { key: 'differenceUs', title: 'CPU, difference', ...US, charted: true },
    ],
    measure: (subject, extent) =>
      whileRunning(subject, async (running) => {
        const { target } = running;
        const kinds = { plain: plain(target), costly: costly(target) };
        const problems = new Set<string>();
        const load = async (requests: Requests, durationMs: number) => {
          const first = typeof requests === 'function' ? requests() : requests;
          const responseBytes = await firstChat(target, first);
          const { port } = target;
          const [result, { cpuSeconds }] = await account(running, () =>
            loadRequests({ port, request: requests, concurrency: 32, durationMs, responseBytes }),
          );
          for (const problem of result.problems) problems.add(problem);
          return (cpuSeconds / result.responses) * 1e6;
        };
        await warmUp(target);
        await inTurns(1, kinds, (kind) => load(kind, 500));
        const [turns, turnMs] = extent === 'quick' ? [4, 200] : [wholeTurns, 300];
        const {
          plain: plainUs,
          costly: costlyUs,
          difference,
        } = await inTurns(turns, kinds, (kind) => load(kind, turnMs));
        return { figures: { plainUs, costlyUs, differenceUs: difference }, problems: [...problems] };
      }),
  };
}
