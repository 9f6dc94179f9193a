// mirrorfleet notify test: tries whether people can be told by mail and chat.

import type { Command } from 'commander'
import type { Act } from '../act.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit.ts'

export function addNotifyCommands(program: Command, act: Act): void {
  const notify = program.command('notify').description('tell people by mail and chat')
  notify
    .command('test')
    .description('send a test message to everybody whom the settings name, and say what came of it')
    .action(act(test))
}

async function test(context: Context): Promise<void> {
  const api = await context.connect()
  const answer = await api.post('/notify_test')
  context.print(answer, () =>
    answer.channels
      .map(({ channel, error }) => `${channel}: ${error === null ? 'sent' : `not sent: ${error}`}`)
      .join('\n'),
  )
  if (answer.channels.some(({ error }) => error !== null)) process.exitCode = EXIT.refused
}
