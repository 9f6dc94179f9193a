// mirrorfleet doctor: checks the master, its fleet and this machine, and says what to do.

import path from 'node:path'
import type { Command } from 'commander'
import { NoAnswerError } from '../../shared/api/errors.ts'
import type { Act } from '../act.ts'
import type { Context } from '../context.ts'
import { checkMasters, checkProjects, checkSlaves } from '../doctor/check-fleet.ts'
import { checkFolder } from '../doctor/check-folders.ts'
import { checkMaster } from '../doctor/check-master.ts'
import { type Finding, showFindings } from '../doctor/finding.ts'
import { EXIT } from '../exit.ts'

export function addDoctorCommand(program: Command, act: Act): void {
  program
    .command('doctor')
    .description(
      `check the master, its slaves and projects, and the trees on this machine, and say what to do; exit code ${EXIT.refused} when something is wrong`,
    )
    .action(act(doctor))
}

async function doctor(context: Context): Promise<void> {
  const api = await context.connect()
  // First by a request of the client, whose errors say why nothing answers.
  const projects = await api.get('/list_projects')
  const [master, slaves, masters] = await Promise.all([
    checkMaster(context.url).catch((error: unknown) => {
      throw new NoAnswerError(`${context.url} stopped answering (${error instanceof Error ? error.message : error}).`)
    }),
    api.get('/list_slaves'),
    api.get('/list_masters'),
  ])
  const folders = new Set(projects.map(({ dest, project }) => path.join(dest, project)))
  const local = await Promise.all([...folders].map(checkFolder))
  const findings: Finding[] = [
    ...master.findings,
    ...checkMasters(masters),
    ...checkSlaves(slaves, master.version),
    ...checkProjects(projects),
    ...local.flat(),
  ]
  context.print(findings, () => showFindings(findings))
  if (findings.some(({ level }) => level === 'fault')) process.exitCode = EXIT.refused
}
