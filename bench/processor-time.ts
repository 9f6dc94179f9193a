// How much processor time a fleet's master has used.

import { readFileSync } from 'node:fs'
import type { Fleet } from '../scripts/sample/fleet.ts'

const TICKS_A_SECOND = 100

/** User and system time of the master's own process (proc(5), stat). */
export function processorMs(fleet: Fleet): number {
  const fields = readFileSync(`/proc/${fleet.master.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_A_SECOND
}
