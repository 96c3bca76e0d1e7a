// What only a proxy with REDIS_URL loads: in a file beside the bundle (scripts/build/build.ts).
export { Redis } from 'ioredis';
export { default as RateLimiterRedis } from 'rate-limiter-flexible/lib/RateLimiterRedis.js';
export { RacingConnector } from './connector';
export { RedisLimits } from './limit-store';
export { SharedUse } from './use/shared-use';
export { BY_HOUR } from './use/use-keys';
