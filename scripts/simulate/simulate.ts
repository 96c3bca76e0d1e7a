import type { Model } from './model';

export interface Options {
  readonly clients: number;
  /** Whether instances share a Redis, so that limits hold over all of them. */
  readonly redis: boolean;
  /** Simulated seconds that are counted, after as many to warm up. */
  readonly seconds: number;
  readonly seed: number;
}

/** What a simulated hour looks like. */
export interface Simulated {
  readonly clients: number;
  readonly chatsPerSecond: number;
  /** Open at once, on average. */
  readonly streams: number;
  /** Running at once, at most. */
  readonly instances: number;
  readonly coldStartsPerHour: number;
  /** Share of the quota of one region. */
  readonly quotaShare: number;
  /** Of the CPU that the instances have, on average. */
  readonly cpuShare: number;
  /** 0 without Redis. */
  readonly redisCommandsPerSecond: number;
  /** How many times its limit a token had that asks without end. */
  readonly overshoot: number;
  readonly usdPerHour: { readonly memory: number; readonly requests: number; readonly traffic: number };
}

interface Instance {
  running: number;
  /** Since when it has had a request, in s; NaN if it has none. */
  busySince: number;
  idleSince: number;
  /** What the runaway token has had of its limit here in the present minute. */
  minute: number;
  taken: number;
}

/**
 * Lets clients chat, and instances appear, freeze and die as SCF makes them: a request goes to any instance that has room, since the
 * platform's choice is in no document; if none has, to a new one.
 */
export function simulate(model: Model, { clients, redis, seconds, seed }: Options): Simulated {
  const random = generator(seed);
  const exponential = (mean: number) => -mean * Math.log(1 - random());
  const events = new EventQueue();
  const instances = new Set<Instance>();
  const counted = { chats: 0, streamSeconds: 0, coldStarts: 0, busySeconds: 0, most: 0, allowed: 0 };
  const shared = { minute: -1, taken: 0 };
  const startsAt = seconds;
  const endsAt = 2 * seconds;

  const place = (now: number): Instance => {
    for (const instance of instances) {
      if (instance.running === 0 && now - instance.idleSince > model.idleSeconds) instances.delete(instance);
    }
    const free = [...instances].filter(({ running }) => running < model.maxConcurrency);
    const chosen = free[Math.floor(random() * free.length)];
    if (chosen) return chosen;
    const fresh: Instance = { running: 0, busySince: NaN, idleSince: now, minute: -1, taken: 0 };
    instances.add(fresh);
    if (now >= startsAt) counted.coldStarts++;
    counted.most = Math.max(counted.most, instances.size);
    return fresh;
  };
  const run = (now: number, lasts: number): void => {
    const instance = place(now);
    if (instance.running++ === 0) instance.busySince = now;
    const from = Math.max(now, startsAt);
    const to = Math.min(now + lasts, endsAt);
    if (to > from) counted.streamSeconds += to - from;
    events.add(now + lasts, (end) => {
      if (--instance.running > 0) return;
      counted.busySeconds += Math.max(0, Math.min(end, endsAt) - Math.max(instance.busySince, startsAt));
      instance.idleSince = end;
    });
  };
  const chat = (now: number): void => {
    if (now >= startsAt) counted.chats++;
    const lasts = exponential(model.chat.seconds);
    run(now, lasts);
    events.add(now + lasts + exponential(model.thinkSeconds), chat);
  };
  const askWithoutEnd = (now: number): void => {
    const instance = place(now);
    const counter = redis ? shared : instance;
    const minute = Math.floor(now / 60);
    if (counter.minute !== minute) Object.assign(counter, { minute, taken: 0 });
    if (counter.taken < model.runaway.rpm) {
      counter.taken++;
      if (now >= startsAt) counted.allowed++;
      run(now, model.runaway.seconds);
    }
    events.add(now + 60 / model.runaway.asksPerMinute, askWithoutEnd);
  };
  for (let client = 0; client < clients; client++) {
    events.add(random() * (model.chat.seconds + model.thinkSeconds), chat);
  }
  events.add(0, askWithoutEnd);
  events.runUntil(endsAt);
  for (const { running, busySince } of instances) {
    if (running > 0) counted.busySeconds += Math.max(0, endsAt - Math.max(busySince, startsAt));
  }

  const chatsPerSecond = counted.chats / seconds;
  const { prices } = model;
  const hours = seconds / 3_600;
  const gigabytes = model.memoryMegabytes / 1_024;
  const microsPerChat =
    model.figures.cpuMicrosPerRequest + model.chat.chunks * model.figures.cpuMicrosPerChunk;
  const cores = (counted.busySeconds / seconds) * gigabytes * model.assumptions.coresPerGigabyte;
  const outbound = model.chat.responseBytes + model.chat.promptBytes + model.chat.overheadBytes;
  return {
    clients,
    chatsPerSecond,
    streams: counted.streamSeconds / seconds,
    instances: counted.most,
    coldStartsPerHour: counted.coldStarts / hours,
    quotaShare: (counted.most * model.memoryMegabytes) / model.quotaMegabytes,
    cpuShare: (chatsPerSecond * microsPerChat) / 1e6 / cores,
    redisCommandsPerSecond: redis ? chatsPerSecond * model.redisCommandsPerChat : 0,
    overshoot: counted.allowed / ((seconds / 60) * model.runaway.rpm),
    usdPerHour: {
      memory: (counted.busySeconds * gigabytes * prices.perGigabyteSecond.value) / hours,
      requests: (counted.chats * prices.perRequest.value) / hours,
      traffic: ((counted.chats * outbound) / 1e9 / hours) * prices.perOutboundGigabyte.value,
    },
  };
}

type Action = (now: number) => void;

/** What happens next, by time: a binary heap. */
class EventQueue {
  readonly #heap: { readonly at: number; readonly action: Action }[] = [];

  add(at: number, action: Action): void {
    const heap = this.#heap;
    let index = heap.push({ at, action }) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#at(parent) <= at) break;
      this.#swap(index, parent);
      index = parent;
    }
  }

  runUntil(end: number): void {
    for (let next = this.#take(); next && next.at < end; next = this.#take()) next.action(next.at);
  }

  #take(): { readonly at: number; readonly action: Action } | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (heap.length === 0 || !last) return first;
    heap[0] = last;
    for (let index = 0; ;) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      const least = this.#at(right) < this.#at(left) ? right : left;
      if (this.#at(least) >= this.#at(index)) return first;
      this.#swap(index, least);
      index = least;
    }
  }

  #at(index: number): number {
    return this.#heap[index]?.at ?? Infinity;
  }

  #swap(one: number, other: number): void {
    const heap = this.#heap;
    const [a, b] = [heap[one], heap[other]];
    if (a && b) [heap[one], heap[other]] = [b, a];
  }
}

/** Mulberry32: the same numbers for the same seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
