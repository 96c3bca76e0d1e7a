/** Replaces pino's transports in worker threads: the log is written by the main thread. */
module.exports = function NoThreadStream() {
  throw new Error('The bundle holds no worker threads (scripts/build/build.ts).');
};
