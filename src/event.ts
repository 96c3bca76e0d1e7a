import { randomUUID } from 'node:crypto';
import pino, { type DestinationStream } from 'pino';
import { createApp } from './app';
import { ConfigError, readConfig, secretsOf } from './config';
import { packagedConfig } from './config/packaged';
import { createEventHandler, type EventHandler } from './event/handler';
import { createLogger } from './log';
import { createRedact } from './redact';
import { VERSION } from './version';

/** Written at once: the instance may be frozen as soon as the answer is there. */
function stdout(): DestinationStream {
  // What cannot be written is kept up to 1 MB, and then dropped: no request fails for it.
  return pino.destination({ dest: 1, sync: true, maxLength: 1_048_576 }).on('error', () => undefined);
}

/** The SCF event function: the web function's app behind serverless-http. Streams are buffered whole. */
function createHandler(): EventHandler {
  const config = readConfig(process.env, packagedConfig());
  const logger = createLogger(createRedact(secretsOf(config)), stdout());
  const app = createApp(config, {
    logger,
    facts: {
      version: VERSION,
      region: process.env['TENCENTCLOUD_REGION'] ?? null,
      functionName: process.env['SCF_FUNCTIONNAME'] ?? null,
    },
    random: Math.random,
    now: Date.now,
    newId: randomUUID,
    onScf: process.env['TENCENTCLOUD_RUNENV'] === 'SCF',
  });
  return createEventHandler(app.listener, { config, logger });
}

/** With a bad configuration every request is answered with a 500, and the log says each time what to mend. */
function createFailingHandler(error: ConfigError): EventHandler {
  const logger = createLogger(createRedact(), stdout());
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
