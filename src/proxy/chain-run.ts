import type { Provider } from '../providers/provider';
import { clientIdOf } from './auth/access-tokens';
import type { Circuits } from './chain/circuits';
import type { MemberFailedListener } from './chain/member-failure';
import { conversationIn, membersInOrder, type ConversationPlaces } from './chain/member-order';
import { MemberQueue } from './chain/member-queue';
import type { ResponseTimes } from './chain/response-times';
import type { Timeouts } from './exchange/timeouts';
import type { Outcome } from './failover/attempt';
import { asksForStream, traitsOf } from './keys/request-traits';
import { attemptMember, type MemberAttempt, type MemberAttemptOptions, type Sent } from './member-attempt';
import type { RoutedRequest } from './request-plan';
import { withModel } from './routing/model-routes';
import type { RequestChain, ServingMember } from './routing/route-chain';

export interface ChainRunOptions extends MemberAttemptOptions {
  readonly circuits: Circuits;
  readonly places: ConversationPlaces;
  readonly times: ResponseTimes;
  /** How long the head of a response is awaited before the next provider is tried; by default only of streams. */
  readonly firstByteMs: number | undefined;
  /** In [0, 1). */
  readonly random: () => number;
  /** The one of several providers that has what a request names; `undefined` if any may serve it. */
  readonly homeOf: (request: RoutedRequest, providers: readonly Provider[]) => Promise<Provider | undefined>;
  /** `undefined` if nobody listens. */
  readonly onMemberFailed?: MemberFailedListener | undefined;
}

/** A request whose model has several providers. */
export type ChainedRequest = RoutedRequest & { readonly chain: RequestChain };

/** Of a stream a provider sends the head as soon as it has accepted the request. */
const FIRST_BYTE_OF_STREAM_MS = 30_000;

/** One request on its way through its chain. */
export class ChainRun {
  /** Whose failures these would be. */
  readonly #client: string;
  readonly #streams: boolean;
  readonly #conversation: number | undefined;
  readonly #order: readonly ServingMember[];
  #queue: MemberQueue;
  /** The model that the body names. */
  #named: string;

  constructor(
    private readonly request: ChainedRequest,
    private readonly timeouts: Timeouts,
    private readonly options: ChainRunOptions,
  ) {
    const { exchange, client, chain, json, path, target, bodyPlan } = request;
    const { headers } = exchange.request;
    this.#client = clientIdOf(client, headers);
    this.#streams = asksForStream(json, path);
    this.#named = chain.model;
    const { session, conversation } = traitsOf(headers, json, this.#client, path + target.query);
    this.#conversation = conversation === undefined ? undefined : conversationIn(chain, conversation);
    // The first request of a conversation may have the same words as that of another.
    const isContinued = session !== undefined || json?.bytes.includes('"assistant"') === true;
    this.#order = this.#inOrder(isContinued ? this.#conversation : undefined);
    this.#queue = this.#queueOf(this.#order);
    if (chain.steps.flat().some(({ provider }) => provider.streamsUsageOnRequest !== true))
      bodyPlan.keepFromAsking();
    bodyPlan.keepUnruled();
  }

  /**
   * @returns the last response if no provider has served the request
   * @throws the last failure if there was no response; the reason that stops the exchange meanwhile
   */
  async send(): Promise<Sent> {
    const home = await this.options.homeOf(
      this.request,
      this.#order.map(({ provider }) => provider),
    );
    if (home) this.#queue = this.#queueOf(this.#order.filter(({ provider }) => provider === home));
    for (;;) {
      const member = this.#queue.take();
      const attempt = await this.#try(member);
      if (!attempt.failure || !attempt.isRepeatable() || !this.#hasNext()) return this.#end(member, attempt);
      const { keyAlias: key, upstreamError } = this.request.exchange.record;
      this.request.exchange.record.addFailedAttempt({
        provider: member.provider.name,
        key,
        status: attempt.sent && statusOf(attempt.sent.outcome),
        code: upstreamError,
        why: attempt.failure.reason,
      });
      attempt.leave();
    }
  }

  #queueOf(order: readonly ServingMember[]): MemberQueue {
    const { circuits } = this.options;
    return new MemberQueue(order, ({ name }) => circuits.state(name, this.#client) === 'open');
  }

  #inOrder(conversation: number | undefined): readonly ServingMember[] {
    const { places, random } = this.options;
    const order = membersInOrder(this.request.chain, conversation, random);
    const place = conversation === undefined ? undefined : places.placeOf(conversation);
    const at = order.findIndex(({ name }) => name === place);
    return at > 0 ? [...order.splice(at, 1), ...order] : order;
  }

  async #try(member: ServingMember): Promise<MemberAttempt> {
    const { circuits, onMemberFailed, firstByteMs } = this.options;
    const { exchange } = this.request;
    const isTrial = circuits.state(member.name, this.#client) === 'trial';
    const endTrial = isTrial ? circuits.beginTrial(member.name) : undefined;
    const startedMs = exchange.elapsedMs();
    const limit = {
      limitMs: firstByteMs ?? (this.#streams ? FIRST_BYTE_OF_STREAM_MS : Infinity),
      hasNext: () => this.#hasNext(),
    };
    try {
      const attempt = await attemptMember(this.#requestTo(member), limit, this.options);
      const { failure, sent } = attempt;
      if (failure) {
        circuits.failed(member.name, this.#client, failure.evidence);
        onMemberFailed?.(exchange, member.name, failure.reason);
      } else if (sent && statusOf(sent.outcome) < 400) {
        this.#served(member, exchange.elapsedMs() - startedMs);
      }
      return attempt;
    } finally {
      endTrial?.();
    }
  }

  /** With the member's own name of the model, and every other byte of the body as it was. */
  #requestTo({ provider, model }: ServingMember): RoutedRequest {
    const { bodyPlan } = this.request;
    bodyPlan.keep();
    const json = bodyPlan.unruled ?? bodyPlan.json ?? this.request.json;
    const name = model === this.#named ? undefined : model;
    this.#named = model;
    return {
      ...this.request,
      provider,
      json: json?.members ? withModel(json, json.members, name) : json,
    };
  }

  /** Whether a provider is left, and time for it: nothing is begun that cannot respond in time. */
  #hasNext(): boolean {
    const next = this.#queue.peek();
    return next !== undefined && this.timeouts.leftMs >= this.options.times.neededMs(this.#timedAs(next));
  }

  /** The name under which a member's time to respond is kept. */
  #timedAs({ name }: ServingMember): string {
    return this.#streams ? `${name} streams` : name;
  }

  #served(member: ServingMember, ms: number): void {
    const { circuits, places, times } = this.options;
    circuits.succeeded(member.name);
    times.record(this.#timedAs(member), ms);
    if (this.#conversation === undefined) return;
    const [first] = membersInOrder(this.request.chain, this.#conversation, () => 0);
    if (first) places.remember(this.#conversation, member, first);
  }

  #end({ name }: ServingMember, { sent, error }: MemberAttempt): Sent {
    if (!sent) throw error;
    const { outcome } = sent;
    const isForSister = outcome.kind === 'buffered' && outcome.egressRefused;
    if (!isForSister) this.request.exchange.addHeader('X-Proxy-Served-By', headerText(name));
    return sent;
  }
}

function statusOf(outcome: Outcome): number {
  return outcome.kind === 'buffered' ? outcome.response.status : (outcome.upstream.statusCode ?? 502);
}

/** A client may have chosen the model's name. */
function headerText(name: string): string {
  return /^[!-~]*$/.test(name) ? name : encodeURI(Buffer.from(name).toString());
}
