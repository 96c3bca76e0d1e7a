import type { ServerResponse } from 'node:http';
import type { BookFilter, BookRow } from '../../books/book-rows';
import type { UsageRecords } from '../../books/usage-records';
import type { EgressReport } from '../../proxy/egress/egress-check';
import type { ListedToken } from '../../proxy/auth/access-tokens';
import type { KeyReport } from '../../proxy/keys/managed-key';
import type { LimitState } from '../../proxy/limits/limit-store';
import type { KnownToken } from '../../proxy/tokens/known-token';
import { RequestEvents } from './events';
import { LoopDelay, healthReport, type HealthSource, type RequestFacts } from './health';
import { keysReady, keysReport } from './keys';
import { overviewOf, type HourRecords } from './overview';
import type { RecentRequests } from './recent-requests';
import type { OwnErrors, OwnStatus } from './report';
import { ownErrors, requestsReport, type MessageOf } from './requests';
import { firstTokenOf } from './sums-report';
import { tokensPageIn, tokensReport } from './tokens';
import { countTime, timeClassOf, type TimeCounts } from '../../clock/time-classes';

/** What the console is made of; all that it has from elsewhere, since it is a file of its own. */
export interface ConsoleSource extends Omit<HealthSource, 'loopDelay' | 'listeners'> {
  readonly records: (filter: BookFilter) => Promise<UsageRecords>;
  readonly hours: () => Promise<HourRecords>;
  readonly ownRows: () => Promise<readonly BookRow[]>;
  /** `undefined` without ADMIN_TOKEN. */
  readonly recent: RecentRequests | undefined;
  readonly tokens: () => readonly ListedToken[];
  readonly limitStates: (token: KnownToken) => readonly LimitState[] | Promise<readonly LimitState[]>;
  readonly placesOf: (id: string) => { readonly networks: number; readonly clients: number } | undefined;
  readonly keys: () => Readonly<Record<string, readonly KeyReport[]>>;
  /** What is known of where a provider sees the proxy; asks for it in the background. */
  readonly egressOf: (provider: string) => EgressReport | undefined;
  readonly mayUseProvider: (token: KnownToken, provider: string) => boolean;
  readonly messageOf: MessageOf;
  /** Whether streams are to end: the instance stops, or another configuration has taken its place. */
  readonly isOver: () => boolean;
  readonly redact: (text: string) => string;
  readonly monotonicMs: () => number;
}

export type Query = ReadonlyMap<string, string>;

/** A page: its value, or `undefined` if a parameter is not known or has no such form. */
export type ConsolePage = (
  query: Query,
  request: RequestFacts,
) => object | undefined | Promise<object | undefined>;

/** What the operator and holders of tokens are told. Nothing is changed by it. */
export class Console {
  /** `undefined` if no requests are listed. */
  readonly #events: RequestEvents | undefined;
  readonly #loopDelay: LoopDelay;

  constructor(private readonly source: ConsoleSource) {
    const { recent } = source;
    this.#events = recent && new RequestEvents({ ...source, recent });
    this.#loopDelay = new LoopDelay(source.monotonicMs);
  }

  /** By the last segment of their path. */
  readonly pages: Readonly<Record<string, ConsolePage>> = {
    overview: (query) => {
      const range = query.get('range') ?? '24h';
      const isKnown = [...query.keys()].every((name) => name === 'range');
      return isKnown && (range === '24h' || range === '30d')
        ? overviewOf(range, this.source, this.source.now())
        : undefined;
    },
    tokens: (query) => {
      const page = tokensPageIn(query);
      return page && tokensReport(this.source, page, this.source.now());
    },
    keys: (query) => (query.size > 0 ? undefined : keysReport(this.source, this.source.now())),
    requests: async (query) => {
      const { recent } = this.source;
      await this.entered();
      return recent && requestsReport(recent, query, this.source);
    },
    health: (query, request) =>
      query.size > 0
        ? undefined
        : healthReport(
            { ...this.source, loopDelay: this.#loopDelay, listeners: this.#events?.count ?? 0 },
            request,
          ),
  };

  get hasRoom(): boolean {
    return this.#events !== undefined && !this.#events.isFull;
  }

  /** @param response whose head is sent */
  listen(response: ServerResponse, afterSeq: number | undefined, limitMs?: number): void {
    this.#events?.listen(response, afterSeq, limitMs);
  }

  async errorsOf({ name }: KnownToken): Promise<OwnErrors> {
    await this.entered();
    return ownErrors(this.source.recent, name, this.source.messageOf);
  }

  statusFor(token: KnownToken): OwnStatus {
    const { recent, facts, mayUseProvider } = this.source;
    const counts: TimeCounts = new Map();
    for (const { token: name, firstTokenMs } of recent?.newest() ?? [])
      if (name === token.name && firstTokenMs !== undefined) countTime(counts, timeClassOf(firstTokenMs));
    return {
      region: facts.region,
      version: facts.version,
      providers: keysReady(this.source, (provider) => mayUseProvider(token, provider)),
      first_token: firstTokenOf(counts),
    };
  }

  /** Resolves once all requests that have ended have their price. */
  async entered(): Promise<void> {
    await this.source.ownRows();
  }
}
