// How long do the 600 recorded schedules take, parsing and five fire times each?

import { readFileSync } from 'node:fs'
import { createNextFire, listFires, readSchedule } from '../master/schedule/fire-times.ts'
import type { CronOptions } from '../shared/schemas/schedule.ts'
import type { Report } from './report.ts'

interface Vector {
  cron_options: CronOptions
  now: string
}

const ROUNDS = 5

export async function benchFireTimes(report: Report): Promise<void> {
  const file = new URL('../test/vectors/cron-fire-times.json', import.meta.url)
  const vectors: Vector[] = JSON.parse(readFileSync(file, 'utf8')).cases
  // A first round, not measured, in which the code is compiled.
  vectors.map(time)
  const totals: number[] = []
  const slowest: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const times = vectors.map(time)
    totals.push(times.reduce((sum, one) => sum + one, 0))
    slowest.push(Math.max(...times))
  }
  report.figure(`${vectors.length} schedules, all together`, 'ms', totals)
  report.figure('the slowest of them', 'ms', slowest)
}

function time(vector: Vector): number {
  const started = performance.now()
  const schedule = readSchedule(vector.cron_options, 0)
  if (schedule !== null) listFires(createNextFire(schedule), Date.parse(vector.now), 5)
  return performance.now() - started
}
