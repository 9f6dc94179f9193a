// Fuzzes for a number of seconds: `npm run fuzz -- SECONDS [SEED]`. A failure prints the seed and the smallest input.

import fc from 'fast-check'
import { createFuzzTargets } from './fuzz/targets.ts'

const SECONDS = Number(process.argv[2] ?? 60)
const SEED = Number(process.argv[3] ?? Date.now() % 2 ** 31)
const ROUND = 200

async function main(): Promise<number> {
  const { targets, stop } = await createFuzzTargets()
  const runs = new Map<string, number>()
  const end = Date.now() + SECONDS * 1000
  process.stdout.write(`Fuzzing ${targets.length} targets for ${SECONDS} s, first seed ${SEED}\n`)
  try {
    for (let seed = SEED; Date.now() < end; seed++) {
      for (const { name, property } of targets) {
        const details = await fc.check(property as fc.IAsyncProperty<[unknown]>, { seed, numRuns: ROUND })
        runs.set(name, (runs.get(name) ?? 0) + details.numRuns)
        if (details.failed) {
          process.stdout.write(`${name} failed with seed ${seed}:\n${fc.defaultReportMessage(details)}\n`)
          return 1
        }
      }
    }
    for (const [name, count] of runs) process.stdout.write(`  ${name}: ${count} runs\n`)
    process.stdout.write(`No failure; memory ${Math.round(process.memoryUsage().rss / 1024 / 1024)} MiB\n`)
    return 0
  } finally {
    await stop()
  }
}

process.exitCode = await main()
