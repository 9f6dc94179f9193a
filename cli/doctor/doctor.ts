// The work of mirrorfleet doctor: makes all checks, and prints what they found.

import path from 'node:path'
import type { Api } from '../../shared/api/client.ts'
import { NoAnswerError } from '../../shared/api/errors.ts'
import type { ProjectView } from '../../shared/schemas/project.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit.ts'
import { lastRunsOf } from '../last-runs.ts'
import { checkMasters, checkProjects, checkSlaves } from './check-fleet.ts'
import { checkFolder } from './check-folders.ts'
import { checkMaster } from './check-master.ts'
import { checkUpstreams } from './check-upstreams.ts'
import { checkWays } from './check-ways.ts'
import { type Finding, showFindings } from './finding.ts'
import { createWait } from './show-wait.ts'

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
  const upstreams = await lookAtUpstreams(context, api, projects)
  const findings: Finding[] = [
    ...master.findings,
    ...checkMasters(masters),
    ...checkSlaves(slaves, master.version),
    ...checkWays(slaves),
    ...checkProjects(projects, runs),
    ...upstreams,
    ...withoutRepeats(local.flat()),
  ]
  context.print(findings, () => showFindings(findings))
  if (findings.some(({ level }) => level === 'fault')) process.exitCode = EXIT.refused
}

async function lookAtUpstreams({ options }: Context, api: Api, projects: readonly ProjectView[]): Promise<Finding[]> {
  const wait = options.quiet || options.json ? null : createWait('Looking at the upstreams', process.stderr)
  try {
    return await checkUpstreams({ api, projects, onProgress: (done, of) => wait?.tell(done, of) })
  } finally {
    wait?.stop()
  }
}

/** What is wrong with a folder is the same for all projects in it. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()]
}
