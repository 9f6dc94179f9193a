// What the master's program does besides serving.

import type { Settings } from '../settings.ts'
import type { NodeProgram } from '../shared/node/arguments.ts'

export const MASTER_PROGRAM: NodeProgram<Settings> = {
  name: 'mirrorfleet-master',
  description: 'pulls upstream projects, and distributes them to slaves',
  commands: [
    {
      name: 'reset-password',
      parameters: ['USER'],
      description: 'give a user a new password, read from the terminal or standard input',
      run: async (settings, [username = '']) => {
        const { resetPassword } = await import('./reset-password.ts')
        const { readPassword } = await import('../shared/node/ask-password.ts')
        await resetPassword(settings, username, await readPassword(`New password of ${username}: `))
        return `The user "${username}" has a new password. All tokens of the user are revoked.`
      },
    },
  ],
}
