import type { AppSwitch } from './app-switch';
import type { TakeOver } from '../config/file-configuration';
import type { Logger } from '../log/logger';

/** What a running process does with another configuration. */
export interface TakeOverTarget {
  readonly app: Pick<AppSwitch, 'replace'>;
  readonly logger: Logger;
}

/**
 * Lets new requests go to what was taken over, and logs it.
 * @param source what the log calls the place where it comes from
 */
export function applyTakeOver(taken: TakeOver, source: string, { app, logger }: TakeOverTarget): void {
  if (taken.kind === 'rejected') {
    logger.error(
      { problems: taken.problems },
      `the ${source} has problems; the configuration stays as it was`,
    );
    return;
  }
  const { config, changed, needRestart } = taken;
  if (config) void app.replace(config);
  logger.info(
    { changed, ...(needRestart.length > 0 ? { need_restart: needRestart } : {}) },
    'configuration taken over',
  );
}
