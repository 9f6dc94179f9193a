// The memory that the rsyncs into a folder take at their peak, looked at again and again while they run.

import { readdirSync, readFileSync } from 'node:fs'

const LOOK_MS = 20

/** Starts to look; the function that it returns ends that, and gives the greatest sum that was seen, in KiB. */
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

/** proc(5): RSS of all rsyncs whose command line names the folder. */
function sumOf(folder: string): number {
  let sum = 0
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'latin1')
      if (!command.startsWith('rsync') || !command.includes(folder)) continue
      sum += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1] ?? 0)
    } catch {
      // It has ended meanwhile.
    }
  }
  return sum
}
