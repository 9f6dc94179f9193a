// What tests of trees do to an upstream, and how they run both hops.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { type Hops, type HopsOptions, startHops } from './hops.ts'

/** rsync options with these in `basic`. */
export const options = (...basic: string[]) => ({ rsync_options: { basic, defaults: ['-avH'], delete: '--delete' } })

export const put = (folder: string, name: string, text: string): void => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
  writeFileSync(path.join(folder, name), text)
}

export const read = (folder: string, name: string): string => readFileSync(path.join(folder, name), 'utf8')

/** Files `many/0`, `many/1`, … whose content is their number and `more`. */
export const many = (folder: string, count: number, more = ''): void => {
  for (let number = 0; number < count; number++) put(folder, `many/${number}`, `${number}${more}`)
}

export const empty = (folder: string): void => {
  rmSync(folder, { recursive: true })
  mkdirSync(folder)
}

/** Both nodes have the upstream's first state. */
export async function startWith(fill: (folder: string) => void, more: HopsOptions = {}): Promise<Hops> {
  const hops = await startHops(more)
  fill(hops.upstream)
  expect((await hops.pull()).code).toBeNull()
  expect((await hops.fanOut()).result.error).toBeNull()
  return hops
}

/** One more run of both hops; returns the master's summary. */
export async function runBoth(hops: Hops) {
  const result = await hops.pull()
  expect(result).toMatchObject({ code: null, error: null })
  const end = await hops.fanOut()
  expect(end.result).toMatchObject({ outcome: 'success' })
  expect(end.refusal).toBeNull()
  return result.summary
}
