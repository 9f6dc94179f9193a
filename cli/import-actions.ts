// The work of mirrorfleet import: a file for apply, made from the configuration of another tool, and what became of it.

import { readFileSync } from 'node:fs'
import { IANAZone } from 'luxon'
import type { ImportName } from './commands/fleet.ts'
import type { Context } from './context.ts'
import { writeFleet } from './fleet-file.ts'
import { readAptMirror } from './import/apt-mirror.ts'
import { readCrontab } from './import/crontab.ts'
import { readFtpsync } from './import/ftpsync.ts'
import { localFiles } from './import/local-files.ts'
import { type Around, makePlan, type ReadConfig, type Reader } from './import/plan.ts'
import { readQuickFedoraMirror } from './import/quick-fedora-mirror.ts'
import { showPlan } from './import/show-plan.ts'
import { readTunasync } from './import/tunasync.ts'
import { UsageError } from './usage-error.ts'

const READERS: Readonly<Record<ImportName, Reader>> = {
  crontab: readCrontab,
  tunasync: readTunasync,
  ftpsync: readFtpsync,
  'quick-fedora-mirror': readQuickFedoraMirror,
  'apt-mirror': readAptMirror,
}

/** Prints the fleet to standard output and the table to standard error; both as JSON with --json. */
export function showImport(
  context: Context,
  name: ImportName,
  file: string,
  { userField = false, timezone = machineZone() }: { userField?: boolean; timezone?: string },
): void {
  if (!IANAZone.isValidZone(timezone))
    throw new UsageError(`--timezone: "${timezone}" is not the name of a time zone; an example is Europe/Paris`)
  const text = readText(file)
  const { fleet, rows } = makePlan(read(name, file, text, { userField, timezone, ...localFiles }))
  context.print({ ...fleet, plan: rows }, () => writeFleet(fleet).trimEnd())
  context.say(showPlan({ rows }))
}

/** A machine without a zone, or with one that has no name, counts as UTC. */
function machineZone(): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  return IANAZone.isValidZone(timeZone) ? timeZone : 'UTC'
}

function read(name: ImportName, file: string, text: string, around: Around): ReadConfig {
  try {
    return READERS[name](text, around)
  } catch (error) {
    throw new UsageError(`${file} is not a configuration of ${name}: ${error instanceof Error ? error.message : error}`)
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}
