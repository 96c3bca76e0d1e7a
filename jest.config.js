/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.ts'],
  // These need a redis-server on PATH: `npm run test:redis`.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/__tests__/redis/'],
  globalSetup: '<rootDir>/__tests__/helpers/build-bundle.ts',
  // Types are checked by `npm run typecheck`, once for the whole tree.
  transform: { '^.+\\.ts$': ['ts-jest', { diagnostics: false }] },
  testTimeout: 30_000,
};
