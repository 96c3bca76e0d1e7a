import type { IncomingMessage } from 'node:http';
import type { ProxyError } from '../errors/proxy-error';
import type { OwnPrices } from '../prices/price-of';
import type { Provider } from '../providers/provider';
import type { AuthOptions } from './auth/authenticator';
import type { MakeLimiter } from './auth/bad-token-limiter';
import type { TokenPlaces } from './auth/token-places';
import type { ProxyChoice } from './connect/http-proxy';
import type { EgressOptions } from './egress/egress-check';
import type { CircuitsOptions } from './chain/circuits';
import type { MemberFailedListener } from './chain/member-failure';
import type { AttemptListener } from './failover/report-attempt';
import type { TimeLimits } from './exchange/timeouts';
import type { PoolEvents } from './keys/key-health';
import type { KeyStrategy } from './keys/key-choice';
import type { SharedLimitStore } from './limits/limit-store';
import type { OwnerStore } from './owners/resource-owners';
import type { BodyOptions } from './request/body-plan';
import type { ModelRoutes } from './routing/model-routes';
import type { UpstreamOrigin } from './routing/upstream-origin';

/** What of the configuration the proxy works by. Times in ms, sizes in bytes. */
export interface ProxyOptions extends AuthOptions, BodyOptions, TimeLimits {
  readonly stagePrefixes: readonly string[];
  /** The address at which clients reach this proxy, without a slash at the end; '' if each request shows it. */
  readonly publicUrl: string;
  readonly defaultProvider: Provider;
  readonly upstreams: ReadonlyMap<Provider, UpstreamOrigin>;
  readonly modelRoutes: ModelRoutes;
  /** The same for a client with a key of its own from which the provider cannot be detected. */
  readonly ownKeyModelRoutes: ModelRoutes;
  readonly keyStrategy: KeyStrategy;
  readonly retryUpstreamErrors: boolean;
  /** Where requests go that a provider does not accept from this country; `undefined` if nowhere. */
  readonly sister: UpstreamOrigin | undefined;
  readonly egressGuard: 'off' | 'enforce';
  readonly connectTimeoutMs: number;
  /** How long a provider of a chain has to begin its response; `undefined` for the default. */
  readonly firstByteMs: number | undefined;
  /** Once so many requests to a provider are under way, streams go over HTTP/2. */
  readonly http2After: number;
  /** What an access token may spend a day that has no limit of its own; `undefined` for any amount. */
  readonly dailyCapNanoUsd: number | undefined;
  readonly prices: OwnPrices | undefined;
  /** `undefined`: as much as the function's memory allows. */
  readonly bodyMemoryBytes: number | undefined;
}

/** What the proxy takes from the outside world. */
export interface ProxyEffects {
  /** In [0, 1). */
  readonly random: () => number;
  /** The wall clock, in ms, which instances share. */
  readonly now: () => number;
  readonly makeLimiter: MakeLimiter;
  /** Notices a token that is used from where it was not before; `undefined` if nobody wants to know. */
  readonly tokenPlaces?: Pick<TokenPlaces, 'see' | 'countsOf'> | undefined;
  /** What keeps a request from being relayed: for a proxy in a server of somebody else's. */
  readonly refuses?: ((request: IncomingMessage) => ProxyError | undefined) | undefined;
  /** Whether the platform's own headers can be believed. */
  readonly onScf: boolean;
  readonly keyEvents: PoolEvents;
  /** Called when providers see this proxy in another country than before. */
  readonly onEgressChange?: EgressOptions['onChange'];
  /** Called when an access token has used so much of its budget. @param name the token's name, never the token */
  readonly onTokenUsed?: ((name: string, percent: 80 | 100) => void) | undefined;
  /** Called for each attempt at a provider; `undefined` if nobody listens. */
  readonly onAttempt?: AttemptListener | undefined;
  /** Called for each provider of a chain that has not served a request; `undefined` if nobody listens. */
  readonly onMemberFailed?: MemberFailedListener | undefined;
  /** Called when requests begin or cease to pass over a provider of a chain. */
  readonly onCircuitChange?: CircuitsOptions['onChange'];
  /** Where instances share which key made what; `undefined` if this instance learns it alone. */
  readonly ownerStore: () => OwnerStore | undefined;
  /** Where instances count together what access tokens use; `undefined` if this instance counts alone. */
  readonly limitStore?: (() => SharedLimitStore | undefined) | undefined;
  /** The user's HTTP proxy; `undefined` if providers are reached directly, as on SCF. */
  readonly httpProxy?: ProxyChoice | undefined;
}
