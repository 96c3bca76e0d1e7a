import type { Environment } from '../config/effective-value';
import { FileConfiguration } from '../config/file-configuration';
import { openTable, packageId, pushKeys } from '../config/pushed-table';
import type { Config } from '../config/read-config';
import type { ConfigFollower } from '../redis/feeds/config-feed';
import { applyTakeOver, type TakeOverTarget } from './take-over';

/** What the log calls it. */
const SOURCE = 'pushed configuration';
/** A start waits no longer for Redis, and goes on with the configuration of its package. */
const MAX_WAIT_MS = 1_000;

/** The variables of the package, until others are pushed: those take their place as a whole. */
export class PushedConfiguration {
  readonly follower: ConfigFollower;
  readonly #known: Promise<void>;
  #configuration: FileConfiguration | undefined;
  #target: TakeOverTarget | undefined;
  /** What was read last, so that a new connection does not repeat what is said of it. */
  #sealed: string | undefined;
  /** When the table in effect was pushed. */
  #pushedMs = -Infinity;

  constructor(
    private readonly environment: Environment,
    private readonly packaged: Environment,
    private readonly secret: string,
  ) {
    let onKnown: () => void = () => undefined;
    this.#known = new Promise((resolve) => (onKnown = resolve));
    this.follower = {
      keys: pushKeys(secret),
      packageId: packageId(packaged, secret),
      onRead: ({ sealed, packages }) => {
        if (sealed !== undefined && sealed !== this.#sealed) this.#consider(sealed, packages);
        onKnown();
      },
      onTooLarge: () => {
        this.#reject('Redis has more than can have been pushed. Push it again.');
        onKnown();
      },
      onLost: onKnown,
    };
  }

  /** @throws ConfigError with every problem */
  read(): Config {
    const entries = Object.entries(this.packaged).map(([name, text]) => [name, text ?? ''] as const);
    // In place of the packaged variables, not above them: a variable that is no longer pushed is no longer set.
    const first = { variables: Object.fromEntries(entries), problems: [] };
    this.#configuration = new FileConfiguration(this.environment, {}, first);
    return this.#configuration.config;
  }

  /** Resolves once it is known what was pushed, or Redis does not say so in time. */
  follow(target: TakeOverTarget): Promise<void> {
    this.#target = target;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, MAX_WAIT_MS)));
    return Promise.race([this.#known, late]).then(() => {
      clearTimeout(timer);
    });
  }

  #consider(sealed: string, packages: readonly string[]): void {
    this.#sealed = sealed;
    const table = openTable(sealed, this.secret);
    if (!table) {
      this.#reject('It was not sealed with this CONFIG_SECRET, or was changed since. Push it again.');
      return;
    }
    // Whoever deploys another configuration after a push means that one, also if it is an earlier one again.
    if (!packages.every((id) => table.packages.includes(id))) {
      this.#target?.logger.info({}, `the ${SOURCE} is older than the last deployment, and is not used`);
      return;
    }
    if (table.pushedMs < this.#pushedMs) {
      this.#reject('It is older than the one in effect. Push it again.');
      return;
    }
    const taken = this.#configuration?.takeOver({ variables: table.variables, problems: [] });
    if (!taken || !this.#target) return;
    if (taken.kind === 'taken') this.#pushedMs = table.pushedMs;
    applyTakeOver(taken, SOURCE, this.#target);
  }

  #reject(problem: string): void {
    if (this.#target) applyTakeOver({ kind: 'rejected', problems: [problem] }, SOURCE, this.#target);
  }
}
