// The work of mirrorfleet doctor: makes all checks, and prints what they found.

import path from 'node:path'
import { NoAnswerError } from '../../shared/api/errors.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit.ts'
import { lastRunsOf } from '../last-runs.ts'
import { checkMasters, checkProjects, checkSlaves } from './check-fleet.ts'
import { checkFolder } from './check-folders.ts'
import { checkMaster } from './check-master.ts'
import { type Finding, showFindings } from './finding.ts'

export async function doctor(context: Context): Promise<void> {
  const api = await context.connect()
  // First by a request of the client, whose errors say why nothing answers.
  const projects = await api.get('/list_projects')
  const [master, slaves, masters, runs] = await Promise.all([
    checkMaster(context.url).catch((error: unknown) => {
      throw new NoAnswerError(`${context.url} stopped answering (${error instanceof Error ? error.message : error}).`)
    }),
    api.get('/list_slaves'),
    api.get('/list_masters'),
    lastRunsOf(api, projects),
  ])
  const folders = new Set(projects.map(({ dest, project }) => path.join(dest, project)))
  const local = await Promise.all([...folders].map(checkFolder))
  const findings: Finding[] = [
    ...master.findings,
    ...checkMasters(masters),
    ...checkSlaves(slaves, master.version),
    ...checkProjects(projects, runs),
    ...withoutRepeats(local.flat()),
  ]
  context.print(findings, () => showFindings(findings))
  if (findings.some(({ level }) => level === 'fault')) process.exitCode = EXIT.refused
}

/** What is wrong with a folder is the same for all projects in it. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()]
}
