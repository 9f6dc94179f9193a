// The work of mirrorfleet apply and export: a whole fleet as one file.

import type { Api } from '../shared/api/client.ts'
import { USUAL_PORTS } from '../shared/schemas/choices.ts'
import type { ProjectView } from '../shared/schemas/project.ts'
import { additionsOf } from '../shared/schemas/project-additions.ts'
import { connectionOf } from '../shared/schemas/project-connection.ts'
import { limitsOf } from '../shared/schemas/project-limits.ts'
import { KEPT_BY_DEFAULT } from '../shared/schemas/project-parts.ts'
import { sourceOf } from '../shared/source-of.ts'
import type { Context } from './context.ts'
import { type Fleet, type FleetProject, readFleet, secretOf, sourceIn, sourceToFile, writeFleet } from './fleet-file.ts'
import { type FullSchedules, type Present, planFleet, type Step } from './fleet-plan.ts'

export async function apply(
  context: Context,
  file: string,
  options: { dryRun?: boolean; prune?: boolean },
): Promise<void> {
  const wanted = readFleet(file)
  const api = await context.connect()
  const schedules = await fillSchedules(api, wanted)
  const steps = planFleet(wanted, await look(api), schedules, options.prune ?? false)
  // All secrets are looked up before anything is changed.
  const requests = steps.map((step) => requestOf(api, step, context.env))
  if (!options.dryRun) {
    for (const [index, request] of requests.entries()) {
      const answer = await request()
      for (const text of [steps[index]?.says ?? '', ...notesIn(answer)]) context.say(text)
    }
  }
  const text = options.dryRun
    ? steps.map(({ says }) => says).join('\n')
    : `${steps.length} ${steps.length === 1 ? 'change' : 'changes'} made.`
  context.print(
    steps.map(({ kind, says }) => ({ kind, says })),
    () => (steps.length === 0 ? 'Nothing to change.' : text),
  )
}

async function look(api: Api): Promise<Present> {
  const [projects, slaves] = await Promise.all([api.get('/list_projects'), api.get('/list_slaves')])
  return { projects, slaves }
}

/** The master fills in the defaults of a schedule, so only the master has to know them. */
async function fillSchedules(api: Api, { projects = [] }: Fleet): Promise<FullSchedules> {
  const filled = projects.map(async (project): Promise<[string, Record<string, string>] | null> => {
    if (!project.schedule || Object.keys(project.schedule).length === 0) return null
    const { fields } = await api.post('/preview_schedule', { body: { ...project.schedule, count: 1 } })
    return [project.id ?? project.project, fields]
  })
  return new Map((await Promise.all(filled)).filter((one) => one !== null))
}

function requestOf(api: Api, step: Step, env: NodeJS.ProcessEnv): () => Promise<object> {
  switch (step.kind) {
    case 'add_slave':
    case 'change_slave':
      return () => api.post('/add_slave', { body: step.slave })
    case 'remove_slave':
      return () => api.post('/remove_slave', { body: step.slave })
    case 'add_project': {
      const { schedule, enabled: _enabled, ...basics } = step.project
      const body = { ...withSecret(basics, env), ...(schedule ? { cron_options: schedule } : {}) }
      return () => api.post('/add_project', { body })
    }
    case 'update_project': {
      const body = { id: step.id, ...withSecret(step.fields, env) }
      return () => api.post('/update_project/basic', { body })
    }
    case 'replace_schedule':
      return () => api.post('/update_project/schedule', { body: { id: step.id, ...step.schedule } })
    case 'remove_project':
      return () => api.post('/remove_project', { body: { id: step.id } })
    case 'enable_project':
      return () => api.post('/enable_project', { query: { id: step.id } })
    case 'disable_project':
      return () => api.post('/disable_project', { query: { id: step.id } })
  }
}

/** What the master left out of a project's options. */
function notesIn(answer: { notes?: readonly string[] }): readonly string[] {
  return answer.notes ?? []
}

type Basics = Omit<FleetProject, 'schedule' | 'enabled'>

function withSecret<F extends Partial<Basics>>(fields: F, env: NodeJS.ProcessEnv) {
  const { rsync_password, trigger_secret, ssh_key, source, upstreams, downstreams, ...others } = fields
  const where = `project ${fields.project ?? ''}`.trim()
  const read = (secret: { env: string } | null) => (secret === null ? null : secretOf(secret, env, where))
  return {
    ...others,
    ...(source === undefined ? {} : { source: sourceIn(source, env, where) }),
    ...(upstreams === undefined
      ? {}
      : {
          upstreams: (upstreams ?? []).map(({ rsync_password: secret, ...upstream }) => ({
            ...upstream,
            ...(secret === undefined ? {} : { rsync_password: read(secret) }),
          })),
        }),
    ...(downstreams === undefined
      ? {}
      : {
          downstreams: (downstreams ?? []).map(({ url, secret }) => ({
            url,
            ...(secret === undefined ? {} : { secret: read(secret) }),
          })),
        }),
    ...(rsync_password === undefined ? {} : { rsync_password: read(rsync_password) }),
    ...(ssh_key === undefined ? {} : { ssh_key: read(ssh_key) }),
    ...(trigger_secret === undefined ? {} : { trigger_secret: read(trigger_secret) }),
  }
}

export async function exportFleet(context: Context): Promise<void> {
  const { projects, slaves } = await look(await context.connect())
  const fleet: Fleet = {
    slaves: slaves.map(({ hostname, port, upstream }) => ({
      hostname,
      port,
      ...(upstream === null ? {} : { upstream }),
    })),
    projects: projects.map(exportProject),
  }
  context.print(fleet, () => writeFleet(fleet).trimEnd())
}

function exportProject(project: ProjectView): FleetProject {
  const {
    id,
    rsync_host,
    rsync_port,
    rsync_module,
    rsync_user,
    dest,
    rsync_options,
    publish,
    stages,
    enabled,
    layout,
    verify,
    verify_keyring,
    by_index = false,
    keep_generations: keep = KEPT_BY_DEFAULT,
  } = project
  const {
    cron_options,
    node,
    lead,
    delete_guard_percent,
    publish_quorum,
    publish_timeout_s,
    probe = null,
    jitter_s = null,
    interval_s = null,
    wait_for = null,
  } = project
  const { tolerated_exit_codes: tolerated = [] } = project
  const source = sourceOf(project)
  const usualPort = USUAL_PORTS[project.transport ?? 'rsync']
  const upstream = { rsync_host, ...(rsync_port === usualPort ? {} : { rsync_port }), rsync_module, rsync_options }
  const set = Object.entries({
    rsync_user,
    delete_guard_percent,
    publish_quorum,
    publish_timeout_s,
    probe,
    jitter_s,
    interval_s,
    wait_for,
    verify_keyring,
    ...limitsOf(project),
    ...additionsOf(project),
    ...connectionOf(project),
    transport: project.transport === 'rsync' ? null : project.transport,
  }).filter(([, value]) => value !== null && value !== false && !(Array.isArray(value) && value.length === 0))
  const variable = (kind: string) => ({ env: `MIRRORFLEET_${id.toUpperCase().replace(/\W/g, '_')}_${kind}` })
  return {
    ...(id === project.project ? {} : { id }),
    project: project.project,
    ...(source.kind === 'rsync' ? upstream : { source: sourceToFile(source, variable) }),
    dest,
    ...(lead === null ? {} : { node }),
    ...Object.fromEntries(set),
    ...(tolerated.length === 0 ? {} : { tolerated_exit_codes: tolerated }),
    ...(project.upstreams.length === 0
      ? {}
      : {
          upstreams: project.upstreams.map(({ has_password, rsync_user, rsync_port, ...upstream }, index) => ({
            ...upstream,
            ...(rsync_port === usualPort ? {} : { rsync_port }),
            ...(rsync_user === null ? {} : { rsync_user }),
            ...(has_password ? { rsync_password: variable(`UPSTREAM_${index + 2}_PASSWORD`) } : {}),
          })),
        }),
    ...(project.downstreams.length === 0
      ? {}
      : {
          downstreams: project.downstreams.map(({ url, has_secret }, index) => ({
            url,
            ...(has_secret ? { secret: variable(`DOWNSTREAM_${index + 1}_SECRET`) } : {}),
          })),
        }),
    ...(project.has_password ? { rsync_password: variable('PASSWORD') } : {}),
    ...(project.has_ssh_key ? { ssh_key: variable('SSH_KEY') } : {}),
    ...(project.has_trigger_secret ? { trigger_secret: variable('TRIGGER_SECRET') } : {}),
    publish,
    ...(keep === KEPT_BY_DEFAULT ? {} : { keep_generations: keep }),
    stages,
    ...(layout === 'plain' ? {} : { layout, verify, ...(by_index ? { by_index } : {}) }),
    schedule: cron_options,
    enabled,
  }
}
