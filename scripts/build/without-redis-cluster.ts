import path from 'node:path';
import type { Plugin } from 'esbuild';

const IOREDIS = /[\\/]ioredis[\\/]built[\\/]/;

/** ioredis requires its client for clusters and sentinels by relative paths, which an alias does not reach; it is a twentieth of the bundle. */
export const withoutRedisCluster: Plugin = {
  name: 'without-redis-cluster',
  setup(build) {
    build.onResolve({ filter: /^\.(?:\/connectors)?\/(?:cluster|SentinelConnector)$/ }, ({ importer }) =>
      IOREDIS.test(importer) ? { path: path.join(__dirname, 'no-redis-cluster.cjs') } : undefined,
    );
  },
};
