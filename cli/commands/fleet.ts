// mirrorfleet apply, export, import: a whole fleet as one file, and files made from crontabs and tunasync.

import type { Command } from 'commander'
import type { Act } from '../act.ts'

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
    .description('print a file for apply, made from another configuration; review it first')
  from
    .command('crontab <file>')
    .option('--user-field', 'the lines have a user field, as in /etc/crontab')
    .description('import the rsync lines of a crontab')
    .action(
      act(async (context, file: string, options: { userField?: boolean }) =>
        (await work()).showCrontab(context, file, options),
      ),
    )
  from
    .command('tunasync <file>')
    .description('import the mirrors of a tunasync worker.conf')
    .action(act(async (context, file: string) => (await work()).showTunasync(context, file)))
}
