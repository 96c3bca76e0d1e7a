import { effectiveText, type Environment } from '../config/effective-value';
import { readConfig, type Config } from '../config/read-config';
import { VARIABLES } from '../config/variables';
import type { ConfigFollower } from '../redis/feeds/config-feed';
import { PushedConfiguration } from './pushed-configuration';
import type { TakeOverTarget } from './take-over';

/** The configuration of a start. */
export interface StartConfiguration {
  readonly environment: Environment;
  /** @throws ConfigError with every problem */
  readonly read: () => Config;
  /**
   * Takes over what changes from now on; `undefined` if nothing can.
   * @returns what to wait for before the first request
   */
  readonly follow: ((target: TakeOverTarget) => Promise<void> | undefined) | undefined;
  /** What gets the changes from Redis. */
  readonly pushed?: ConfigFollower | undefined;
}

/** The environment and the package; with CONFIG_SECRET also what is pushed. */
export function startConfiguration(environment: Environment, packaged: Environment): StartConfiguration {
  const secret = effectiveText(VARIABLES.configSecret, environment, packaged);
  if (secret === '') return { environment, read: () => readConfig(environment, packaged), follow: undefined };
  const pushed = new PushedConfiguration(environment, packaged, secret);
  return {
    environment,
    read: () => pushed.read(),
    follow: (target) => pushed.follow(target),
    pushed: pushed.follower,
  };
}
