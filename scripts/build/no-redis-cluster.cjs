/** Replaces what ioredis has for clusters and sentinels: REDIS_URL is one server. */
const absent = () => undefined;

module.exports = { default: absent, SentinelIterator: absent };
