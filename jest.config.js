const tests = `${__dirname}/__tests__`;

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.ts'],
  // `npm run test:redis` needs a redis-server on PATH, `npm run test:prometheus` Debian's prometheus; `npm run test:sls`
  // installs the whole Serverless CLI; `npm run test:browser` needs Debian's chromium; `npm run test:lint` lints with types;
  // `npm run test:deploy` deploys to the local SCF dozens of times, which takes minutes; `npm run test:clients` installs Claude Code
  // and other clients.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/__tests__/redis/',
    '<rootDir>/__tests__/prometheus/',
    '<rootDir>/__tests__/sls/',
    '<rootDir>/__tests__/browser/',
    '<rootDir>/__tests__/lint/',
    '<rootDir>/__tests__/deploy/',
    '<rootDir>/__tests__/clients/',
  ],
  globalSetup: '<rootDir>/__tests__/helpers/build-bundle.ts',
  // Types are checked by `npm run typecheck`, once for the whole tree.
  transform: { '^.+\\.ts$': [require.resolve('ts-jest', { paths: [tests] }), { diagnostics: false }] },
  // The tests' packages for the scripts that only developers run.
  modulePaths: [`${tests}/node_modules`],
  // Jest's own choice leaves a core idle; much of a test here is waiting.
  maxWorkers: '100%',
  testTimeout: 30_000,
};
