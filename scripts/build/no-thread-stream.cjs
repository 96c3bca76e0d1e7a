/** Stands in for pino's transports in worker threads: the log is written by this one. */
module.exports = function NoThreadStream() {
  throw new Error('The bundle holds no worker threads (scripts/build/build.ts).');
};
