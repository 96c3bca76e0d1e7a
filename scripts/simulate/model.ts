import { ASSUMPTIONS, PRICES, TYPICAL_CHAT } from '../bench/cost/prices';
import { FIGURES } from '../bench/cost/figures';

/** What the simulation takes for given, and where each value is from. */
export const MODEL = {
  chat: TYPICAL_CHAT,
  figures: FIGURES,
  prices: PRICES,
  assumptions: ASSUMPTIONS,
  /** Of the function, in MB, as in serverless.yml; and requests at once in an instance. */
  memoryMegabytes: 128,
  maxConcurrency: 100,
  /** Assumed: what a person or an agent does between two chats. */
  thinkSeconds: 45,
  /**
   * An instance without requests is destroyed after 3 to 5 minutes: measured by others, in no document of Tencent. The longest is the
   * safest for limits, which each instance counts by itself.
   */
  idleSeconds: 300,
  /** How long a request waits for a new instance: the platform's part is not known, so this is only the proxy's and Node's. */
  coldStartSeconds: 0.15,
  /** MB of all running instances in a region: Singapore, Tokyo, Silicon Valley, Frankfurt. https://www.tencentcloud.com/document/product/583/11637 */
  quotaMegabytes: 64_000,
  /** Calls of Redis for a chat: its limits before and after it, and its part of a batch of sums. Counted with `INFO commandstats`. */
  redisCallsPerChat: 3,
  /** Commands that these run, within scripts. */
  redisCommandsPerChat: 38,
  /** Assumed of one Redis with a core of its own, for such scripts. */
  redisCommandsPerSecond: 200_000,
  /** A token that asks ten times as often as it may, each minute. */
  runaway: { rpm: 60, asksPerMinute: 600, seconds: 2 },
} as const;

export type Model = typeof MODEL;
