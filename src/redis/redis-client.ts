// What only a proxy with REDIS_URL loads: a quarter of the code, in a file beside the bundle (scripts/build/build.ts).
export { Redis } from 'ioredis';
export { RacingConnector } from './connector';
