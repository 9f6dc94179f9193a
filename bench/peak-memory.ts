// Measures the peak memory of the rsync processes that work on a folder.

import { readdirSync, readFileSync } from 'node:fs'

const LOOK_MS = 20

/** Starts to sample. The returned function stops the sampling, and returns the greatest sum in KiB. */
export function watchPeak(folder: string): () => number {
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, sumOf(folder))
  }, LOOK_MS)
  return () => {
    clearInterval(timer)
    return peak
  }
}

/** proc(5): the RSS of all rsync processes whose command line names the folder, in KiB. */
function sumOf(folder: string): number {
  let sum = 0
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'latin1')
      if (!command.startsWith('rsync') || !command.includes(folder)) continue
      sum += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1] ?? 0)
    } catch {
      // The process has ended meanwhile.
    }
  }
  return sum
}
