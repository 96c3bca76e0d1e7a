import { createApp } from '../app/app';
import { ConfigError, readConfig, secretsOf } from '../config/read-config';
import { packagedConfig } from '../config/packaged';
import { createEventHandler, type EventHandler } from '../event/handler';
import { createLogger } from '../log/logger';
import { createRedact } from '../log/redact';
import { SyncStdout } from '../log/sync-stdout';
import { shortId } from '../app/short-id';
import { COMMIT, VERSION } from '../app/version';

/** The SCF event function: the web function's app behind serverless-http. Streams are fully buffered. */
function createHandler(): EventHandler {
  const config = readConfig(process.env, packagedConfig());
  const logger = createLogger(createRedact(secretsOf(config)), new SyncStdout(), config.logLevel);
  const app = createApp(config, {
    logger,
    facts: {
      version: VERSION,
      commit: COMMIT,
      region: process.env['TENCENTCLOUD_REGION'] ?? null,
      functionName: process.env['SCF_FUNCTIONNAME'] ?? null,
    },
    random: Math.random,
    now: Date.now,
    newId: shortId,
    onScf: process.env['TENCENTCLOUD_RUNENV'] === 'SCF',
  });
  return createEventHandler(app.listener, { config, logger });
}

/** With an invalid configuration every request gets a 500, and the log names the problems each time. */
function createFailingHandler(error: ConfigError): EventHandler {
  const logger = createLogger(createRedact(), new SyncStdout());
  return createEventHandler(() => Promise.reject(error), { config: readConfig({}), logger });
}

function handlerFor(): EventHandler {
  try {
    return createHandler();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return createFailingHandler(error);
  }
}

export const main_handler = handlerFor();
