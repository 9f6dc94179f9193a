// The settings of a project as options of a command.

import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { readFilterLines } from '../../shared/filter-lines.ts'
import { LAYOUTS, PUBLISHES, STAGE_NAMES, TRANSPORTS, VERIFIES } from '../../shared/schemas/choices.ts'
import { SCHEDULE_FIELDS } from '../../shared/schemas/schedule-fields.ts'
import type { Basics } from '../project-fields.ts'
import { UsageError } from '../usage-error.ts'

/** All but the schedule. */
export function withSettings(command: Command): Command {
  return command
    .option(
      '--source <source>',
      'folder, an address of git, an address such as rclone:s3://bucket/path, or a source as JSON; rsync unless given',
    )
    .option('--host <host>', 'host of the upstream rsync daemon')
    .option('--port <port>', 'port of the upstream rsync daemon')
    .option('--module <module>', 'rsync module, or module/path')
    .option('--upstream-user <user>', 'user name for the upstream rsync daemon')
    .option('--address <address>', 'address of the master that connections to the upstream come from; none')
    .addOption(
      new Option(
        '--transport <how>',
        'what carries rsync to the upstream; with ssh, MIRRORFLEET_SSH_KEY has the private key',
      ).choices(TRANSPORTS),
    )
    .option('--ssh-known-host <key>', 'host key of the upstream for ssh, such as "ssh-ed25519 AAAA…"; none')
    .option('--proxy <proxy>', 'HTTP proxy to the upstream, as host:port; none')
    .option(
      '--dest <folder>',
      'absolute path of the folder, in DEST_ROOT, that gets the project as a folder of its name; DEST_ROOT unless given',
    )
    .option('--node <name>', 'the master that has its disk, or any')
    .addOption(new Option('--publish <how>', 'how a new tree takes the place of the old one').choices(PUBLISHES))
    .option('--keep <number>', 'how many whole trees an atomic project keeps, from 2 to 50')
    .addOption(new Option('--stages <stages>', 'which files move last').choices(STAGE_NAMES))
    .option(
      '--probe <what>',
      'ask before scanning: auto (by the layout), a file below the module, an http(s) address, or none',
    )
    .option(
      '--wait-for <names>',
      'files at the top of the upstream that say it is being updated, such as "Archive-Update-in-Progress-*"; layout, or none',
    )
    .option('--filters-from <file>', 'a file of filter rules, one a line, as for --exclude-from; none for none')
    .option('--local-files <yes-or-no>', 'whether the files in DEST_ROOT/.local/ID are part of the tree')
    .option(
      '--hooks <commands>',
      'commands around its runs, as before=NAME,after=NAME,published=NAME,failed=NAME; none',
    )
    .option('--trace <style>', 'files that say when it was synced: debian, timestamp, timestamp:FILE or none')
    .option('--jitter <seconds>', 'by how much at most a run comes later than its schedule says; 0 for none')
    .option('--interval <seconds>', 'how long after the end of a run the next one is due, in place of a schedule; none')
    .option('--retries <number>', 'attempts after a transient failure, in place of RETRY_LIMIT')
    .option('--priority <number>', 'which of the runs that wait goes first: -10 (last) to 10 (first)')
    .option('--io-timeout <seconds>', 'silence that ends an attempt, in place of RSYNC_IO_TIMEOUT_S')
    .option('--timeout <seconds>', 'the longest attempt, in place of SYNC_TIMEOUT_S')
    .option('--syncs-per-host <number>', 'runs at once for its host, in place of MAX_SYNCS_PER_HOST')
    .option(
      '--bandwidth <windows>',
      'limits on what is taken from the upstream by hour of day, such as "08:00-18:00=10m"; none',
    )
    .option(
      '--downstreams <urls>',
      'addresses that are told when there is something new, signed with MIRRORFLEET_DOWNSTREAM_SECRET; none',
    )
    .addOption(new Option('--layout <layout>', 'what kind of repository it is').choices(LAYOUTS))
    .addOption(new Option('--verify <how>', 'what to do when the upstream is not whole').choices(VERIFIES))
    .option('--keyring <file>', 'file in KEYRINGS_DIR that checks its signatures')
    .option('--guard <percent>', 'delete guard, in percent')
    .option('--tolerate <codes>', 'rsync exit codes after which what came is published, such as 23, or none')
    .option(
      '--options <options>',
      'rsync options as one argument, as on its command line, such as "-avH --delete --bwlimit=20m"',
    )
}

export function withSchedule(command: Command): Command {
  return SCHEDULE_FIELDS.reduce(
    (one, field) => one.option(`--${field.replaceAll('_', '-')} <value>`, `schedule field ${field}`),
    command.option('--cron <line>', 'the schedule as in a crontab: "0 */6 * * *", or a macro such as @daily'),
  )
}

/** Of the file that is named; none with `none`. @throws {UsageError} when it cannot be read. */
export function filtersOf({ filtersFrom: file }: Basics): { filters?: string[] } {
  if (file === undefined) return {}
  if (file === 'none') return { filters: [] }
  try {
    return { filters: readFilterLines(readFileSync(file, 'utf8')) }
  } catch (error) {
    throw new UsageError(`--filters-from: ${file} cannot be read (${Object(error).code ?? error}).`)
  }
}
