// Puts the tests' folders into memory: on a disk their many small files cost most of the time.

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Where Linux keeps files in memory (shm_overview(7)). */
const MEMORY = '/dev/shm'
const NAME = 'mirrorfleet-tests-'
/** All files of a run at once take less. */
const NEEDED_BYTES = 2 ** 31
const DAY_MS = 86_400_000

/**
 * Vitest calls it before the first file. Names a folder of this run's alone as TMPDIR; where there is no room in memory, or
 * no program may be run from there, and where TMPDIR is set already, everything stays as it is.
 */
export default function useMemory(): (() => void) | undefined {
  if (process.env.TMPDIR !== undefined || !hasRoom()) return
  for (const name of readdirSync(MEMORY)) if (name.startsWith(NAME)) removeWhenOld(path.join(MEMORY, name))
  const folder = mkdtempSync(path.join(MEMORY, NAME))
  // As /tmp: some tests' programs run as other users.
  chmodSync(folder, 0o1777)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  if (!mayRunPrograms(folder)) {
    remove()
    return
  }
  process.env.TMPDIR = folder
  return remove
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize >= NEEDED_BYTES
  } catch {
    return false
  }
}

/** False on a file system that is mounted with `noexec`, as containers' often are. */
function mayRunPrograms(folder: string): boolean {
  const program = path.join(folder, 'program')
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 })
  try {
    execFileSync(program)
    return true
  } catch {
    return false
  } finally {
    rmSync(program)
  }
}

/** A run that was killed left it behind. */
function removeWhenOld(folder: string): void {
  const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
  if (age > DAY_MS) rmSync(folder, { recursive: true, force: true })
}
