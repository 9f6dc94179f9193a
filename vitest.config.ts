// How the tests run: the files that start processes mostly wait, so that several share a processor; the longest come first.

import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/helpers/longest-first.ts'
import { SlowestFiles } from './test/helpers/slowest-files.ts'

/** What starts nodes, databases or browsers; the rest is quick. */
const WITH_PROCESSES = [
  'test/{bench,browser,cli,cluster,docs,e2e,faults,package,security,sources,trees}/**/*.test.ts',
  'test/master/{cluster,store}/**/*.test.ts',
]
const MEMORY = 'test/helpers/memory.ts'
/** Bounds a hang; nothing is expected to take so long. */
const PATIENCE_MS = 300_000

export default defineConfig({
  test: {
    testTimeout: PATIENCE_MS,
    hookTimeout: PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS / 2 } },
    maxWorkers: 6,
    // The code has no state of its own at module level, so that files need not load it again.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    reporters: [new SlowestFiles(), 'default'],
    projects: [
      {
        extends: true,
        test: { name: 'processes', include: WITH_PROCESSES, globalSetup: [MEMORY, 'test/helpers/build.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'quick',
          include: ['test/**/*.test.ts'],
          exclude: WITH_PROCESSES,
          globalSetup: [MEMORY],
        },
      },
    ],
  },
})
