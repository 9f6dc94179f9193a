// Checks a project before it is stored: all that is wrong with it, at once.

import { isDeepStrictEqual } from 'node:util'
import type { Settings } from '../../settings.ts'
import type { Problems } from '../../shared/problems.ts'
import { checkOptions } from '../../shared/rsync/options.ts'
import { assertHost, assertModule } from '../../shared/rsync/source.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { RsyncOptions } from '../../shared/schemas/project-parts.ts'
import { filledSourceOf } from '../sources/sources.ts'
import { isOfRoot } from '../store/of-root.ts'
import type { Store } from '../store/store.ts'
import { assertNameFree } from '../store/taken.ts'
import type { Identity } from '../users/roles.ts'
import { assertProbe } from './assert-probe.ts'
import { checkConnection } from './check-connection.ts'
import { checkHooks } from './check-hooks.ts'
import { assertMayCopyDevices } from './device-options.ts'
import type { ProjectFiles } from './project-files.ts'
import { refuseMissing } from './source-input.ts'
import { checkUpstreams } from './upstreams-input.ts'
import { checkVerify } from './verify-check.ts'

export interface ProjectCheckDeps {
  settings: Settings
  store: Pick<Store, 'findUser' | 'listProjects'>
  files: Pick<ProjectFiles, 'check' | 'assertVacant'>
}

/** `before` is the project as it is stored, for a change. @throws the first problem, with all that were found. */
export type ProjectCheck = (
  by: Identity,
  project: StoredProject,
  problems: Problems,
  before?: StoredProject,
) => Promise<void>

export function createProjectCheck(deps: ProjectCheckDeps, defaultOptions: RsyncOptions): ProjectCheck {
  const { settings, store, files } = deps
  return async (by, project, problems, before) => {
    const ofRoot = await isOfRoot(store, project)
    const isNew =
      !isDeepStrictEqual(project.source, before?.source) || project.source_secrets !== before?.source_secrets
    const { probe, fanout_options } = project
    const source = filledSourceOf(project)
    if (source === null) checkUpstream(project, problems)
    else await problems.tryLater(async () => source.check({ settings, byRoot: by.role === 'root', ofRoot, isNew }))
    problems.try(() => checkOptions(project.rsync_options))
    problems.try(() => fanout_options && checkOptions(fanout_options, 'fanout_options'))
    problems.try(() => probe && assertProbe(probe, project, ofRoot))
    problems.try(() => assertMayCopyDevices(by, project, defaultOptions, before))
    checkConnection(by, project, problems, { before, settings })
    await problems.tryLater(() => checkHooks(by, project, settings, before))
    await problems.tryLater(() => checkVerify(project, settings.KEYRINGS_DIR))
    const projects = await store.listProjects()
    problems.try(() => assertNameFree(project, projects))
    const isPlaced = !['id', 'project', 'dest'].some((field) => problems.isWrong(field))
    if (isPlaced) await problems.tryLater(() => files.check(project))
    if (isPlaced && by.role !== 'root') await problems.tryLater(() => files.assertVacant(project, before))
    problems.throwAny()
  }
}

function checkUpstream({ rsync_host, rsync_module, upstreams = [] }: StoredProject, problems: Problems): void {
  problems.try(() => (rsync_host === '' ? refuseMissing('rsync_host') : assertHost(rsync_host)))
  problems.try(() => (rsync_module === '' ? refuseMissing('rsync_module') : assertModule(rsync_module)))
  checkUpstreams(upstreams, problems)
}
