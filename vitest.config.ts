/**
 * The test run: one PostgreSQL and one Redis for all files, made by `test/support/global-setup.ts`. What is promised over HTTP runs
 * twice: on the gateway's own listener, and on plain Yoga over `node:http`, where only the list of plugins can keep the promise.
 */
import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

const require = createRequire(import.meta.url);

/**
 * HTTP itself, but for what the listener does (sockets, limits of connections, slow bodies, stops: `load-and-time`, `body-limits`); the
 * rest of `test/http` is about the gateway's data, whichever way it comes.
 */
const overPlainYoga = [
  'browsers',
  'disclosure',
  'event-streams',
  'foreign-plugins',
  'gateway',
  'graphiql',
  'graphql-over-http',
  'headers',
  'multipart',
  'operation-limits',
  'persisted-operations',
  'subscriptions',
  'uploads',
].map((name) => `test/http/${name}.test.ts`);

const shared = {
  // One copy of graphql, as Node itself would load it: Vite would give our sources its ES build beside the packages' CommonJS one.
  resolve: { alias: [{ find: /^graphql$/, replacement: require.resolve('graphql') }] },
};
/** Only what hangs meets them: a busy machine is slow, and no test goes by the clock. */
const times = { testTimeout: 120_000, hookTimeout: 300_000 };
/** A developer's own `.env` is none of a test's, nor of the processes that it starts. */
const env = { ENV_FILE: '' };

export default defineConfig({
  ...shared,
  test: {
    // What needs no database runs without one: the planted bugs' first tests. Here alone: projects would each make their own.
    globalSetup: process.env.WITHOUT_DATABASE === 'true' ? [] : ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    teardownTimeout: 30_000,
    projects: [
      { ...shared, test: { ...times, name: 'gateway', include: ['test/**/*.test.ts'], env } },
      {
        ...shared,
        test: { ...times, name: 'plain-yoga', include: overPlainYoga, env: { ...env, PLAIN_LISTENER: 'true' } },
      },
    ],
  },
});
