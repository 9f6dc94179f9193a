// How the tests run: real rsync and real processes need room, so a few files at a time.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 4,
    reporters: ['default'],
  },
})
