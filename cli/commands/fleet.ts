// mirrorfleet apply, export, import: a whole fleet as one file, and files made from the configurations of other tools.

import type { Command } from 'commander'
import type { Act } from '../act.ts'

export type ImportName = (typeof IMPORTS)[number]['name']

const IMPORTS = [
  { name: 'crontab', description: 'import the rsync lines of a crontab' },
  { name: 'tunasync', description: 'import the mirrors of a tunasync worker.conf' },
  { name: 'ftpsync', description: "import an ftpsync.conf of Debian's archvsync" },
  { name: 'quick-fedora-mirror', description: 'import the modules of a quick-fedora-mirror.conf' },
  { name: 'apt-mirror', description: "import apt-mirror's mirror.list" },
] as const

/** Loaded when one of them is called: YAML, TOML and the schemas take longer than a short command. */
const work = () => import('../fleet-actions.ts')

export function addFleetCommands(program: Command, act: Act): void {
  program
    .command('apply <file>')
    .description('make the fleet match a YAML or JSON file; - reads standard input')
    .option('--dry-run', 'show the changes without making them')
    .option('--prune', 'also remove slaves and projects that the file does not list')
    .action(
      act(async (context, file: string, options: { dryRun?: boolean; prune?: boolean }) =>
        (await work()).apply(context, file, options),
      ),
    )
  program
    .command('export')
    .description('print the fleet as a file for apply, without secrets')
    .action(act(async (context) => (await work()).exportFleet(context)))
  const from = program
    .command('import')
    .description(
      'print a file for apply, made from another configuration, and a table of what was taken, changed and left',
    )
  for (const { name, description } of IMPORTS) {
    const command = from.command(`${name} <file>`).description(description)
    if (name === 'crontab')
      command
        .option('--user-field', 'the lines have a user field, as in /etc/crontab')
        .option('--timezone <zone>', 'the zone that cron runs in, where the crontab names none; that of this machine')
    command.action(
      act(async (context, file: string, options: { userField?: boolean; timezone?: string }) =>
        (await import('../import-actions.ts')).showImport(context, name, file, options),
      ),
    )
  }
}
