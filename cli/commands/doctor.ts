// mirrorfleet doctor: checks the master, its fleet and this machine, and says what to do.

import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { EXIT } from '../exit.ts'

export function addDoctorCommand(program: Command, act: Act): void {
  program
    .command('doctor')
    .description(
      `check the master, its slaves and projects, and the trees on this machine, and say what to do; exit code ${EXIT.refused} when something is wrong`,
    )
    .action(act(async (context) => (await import('../doctor/doctor.ts')).doctor(context)))
}
