// What the slave's program does besides serving: nothing.

import type { Settings } from '../settings.ts'
import type { NodeProgram } from '../shared/node/arguments.ts'

export const SLAVE_PROGRAM: NodeProgram<Settings> = {
  name: 'mirrorfleet-slave',
  description: 'pulls projects from a Mirrorfleet master',
  commands: [],
}
