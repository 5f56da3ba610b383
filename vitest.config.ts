/** The test run: one PostgreSQL and one Redis for all files, made by `test/support/global-setup.ts`. */
import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

const require = createRequire(import.meta.url);

export default defineConfig({
  // One copy of graphql, as Node itself would load it: Vite would give our sources its ES build beside the packages' CommonJS one.
  resolve: { alias: [{ find: /^graphql$/, replacement: require.resolve('graphql') }] },
  test: {
    include: ['test/**/*.test.ts'],
    // A developer's own `.env` is none of a test's, nor of the processes that it starts.
    env: { ENV_FILE: '' },
    // What needs no database runs without one: the planted bugs' first tests.
    globalSetup: process.env.WITHOUT_DATABASE === 'true' ? [] : ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
  },
});
