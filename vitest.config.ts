// How the tests run: two at a time, the longest first.

import { defineConfig } from 'vitest/config'

/** What starts nodes, databases or browsers; the rest is quick. */
const WITH_PROCESSES = [
  'test/{bench,browser,cli,cluster,docs,e2e,faults,package,security}/**/*.test.ts',
  'test/master/{cluster,store}/**/*.test.ts',
]

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 4,
    reporters: ['default'],
    projects: [
      { extends: true, test: { name: 'quick', include: ['test/**/*.test.ts'], exclude: WITH_PROCESSES } },
      {
        extends: true,
        test: { name: 'processes', include: WITH_PROCESSES, globalSetup: ['test/helpers/build.ts'] },
      },
    ],
  },
})
