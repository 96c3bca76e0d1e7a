import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { startConnectProxy, type ConnectProxy } from '../helpers/connect-proxy';
import { startBundle, type RunningBundle } from '../helpers/proxies';
import { Home } from './run-client';
import { Settings, TOKEN } from './settings';

/** The keys of the server, one for each provider. */
export const KEYS = {
  openai: 'sk-pool-openai-1',
  anthropic: 'sk-ant-pool-1',
  gemini: 'AIza-pool-gemini-1',
  xai: 'xai-pool-1',
  deepseek: 'sk-pool-deepseek-1',
  moonshot: 'sk-pool-moonshot-1',
  zhipu: 'pool-zhipu-1.secret',
} as const;

export type ProviderName = keyof typeof KEYS;

/** The built proxy in front of an upstream for each provider, and clients that can reach nothing else. */
export class Rig {
  readonly #homes: Home[] = [];

  private constructor(
    private readonly bundle: RunningBundle,
    private readonly upstreams: ReadonlyMap<string, FakeUpstream>,
    private readonly refusing: ConnectProxy,
  ) {}

  /** @param environment more variables of the proxy, or others */
  static async start(environment: Readonly<Record<string, string>> = {}): Promise<Rig> {
    const refusing = await startConnectProxy();
    refusing.respondWith(403);
    const upstreams = new Map<string, FakeUpstream>();
    const all: Record<string, string> = { ACCESS_TOKENS: `laptop:${TOKEN}` };
    for (const [name, key] of Object.entries(KEYS)) {
      const upstream = await startFakeUpstream();
      upstreams.set(name, upstream);
      all[`${name.toUpperCase()}_UPSTREAM`] = upstream.origin;
      all[`${name.toUpperCase()}_API_KEYS`] = key;
    }
    return new Rig(await startBundle({ ...all, ...environment }), upstreams, refusing);
  }

  get settings(): Settings {
    return new Settings(this.bundle.url);
  }

  at(name: ProviderName): FakeUpstream {
    const upstream = this.upstreams.get(name);
    if (!upstream) throw new Error(`There is no ${name}.`);
    return upstream;
  }

  /** The providers that have got a request. */
  asked(): string[] {
    return [...this.upstreams].filter(([, { seen }]) => seen.length > 0).map(([name]) => name);
  }

  home(): Home {
    const home = new Home(`http://127.0.0.1:${this.refusing.port}`);
    this.#homes.push(home);
    return home;
  }

  /** Forgets what one test has left. */
  reset(): void {
    for (const home of this.#homes.splice(0)) home.remove();
    for (const { seen } of this.upstreams.values()) seen.length = 0;
  }

  async stop(): Promise<void> {
    await this.bundle.stop();
    await Promise.all([...this.upstreams.values()].map((upstream) => upstream.close()));
    await this.refusing.close();
  }
}
