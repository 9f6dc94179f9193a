// mirrorfleet project …: add, list, show, update, schedule, enable, disable, remove, roll back.

import type { Command } from 'commander'
import type { Api } from '../../shared/api/client.ts'
import { showProbe } from '../../shared/probe-text.ts'
import { joinQuoted } from '../../shared/rsync/option-text.ts'
import type { ProjectView } from '../../shared/schemas/project.ts'
import { showSource } from '../../shared/show-source.ts'
import { sourceOf } from '../../shared/source-of.ts'
import { showAgo, showCount, showMaster, showNext, showSize, showState, UNKNOWN } from '../../shared/words.ts'
import type { Act } from '../act.ts'
import type { Context } from '../context.ts'
import { table } from '../format.ts'
import { readAddress } from '../project-address.ts'
import { type Basics, basicsOf, isRsync, scheduleOf } from '../project-fields.ts'
import { showSchedule } from '../schedule-words.ts'
import { UsageError } from '../usage-error.ts'
import { addGenerationCommands } from './generation.ts'
import { filtersOf, withSchedule, withSettings } from './project-options.ts'

export function addProjectCommands(program: Command, act: Act): void {
  const project = program.command('project').description('manage projects')
  withSchedule(withSettings(project.command('add <name-or-address>')))
    .option('--name <name>', 'its name, when the address is given; else the last part of the address')
    .description(
      'add a project by its name, or by its address: rsync://host/module/path, a git repository that ends in .git, or rclone:ADDRESS; MIRRORFLEET_UPSTREAM_PASSWORD is the password for the upstream, MIRRORFLEET_TRIGGER_SECRET signs requests to sync',
    )
    .action(act(add))
  project.command('list').description('list all projects').action(act(list))
  project.command('show <id>').description('show a project, its slaves and its last runs').action(act(show))
  withSettings(project.command('update <id>'))
    .option('--name <name>', 'a new name; the files move along')
    .description('change the settings of a project, except its schedule')
    .action(act(update))
  withSchedule(project.command('schedule <id>'))
    .description('replace the schedule; without options the project has no schedule')
    .action(act(replaceSchedule))
  for (const name of ['enable', 'disable'] as const) {
    project
      .command(`${name} <id>`)
      .description(name === 'enable' ? 'enable the schedule' : 'disable the schedule; an explicit sync still works')
      .action(act((context, id: string) => setEnabled(context, id, name)))
  }
  project
    .command('remove <id>')
    .option('--purge', 'remove the files too, on the master and on the slaves')
    .description('remove a project')
    .action(act(remove))
  addGenerationCommands(project, act)
}

/** Fields as the user wrote them: the master checks them, and names the one that is wrong. */
function body<T>(fields: object): T {
  return fields as T
}

async function add(context: Context, nameOrAddress: string, given: Basics): Promise<void> {
  const { name, options } = readAddress(nameOrAddress, given)
  const missing = isRsync(options) ? ['host', 'module'].filter((needed) => options[needed] === undefined) : []
  if (missing.length > 0) {
    const names = missing.map((one) => `--${one}`).join(' and ')
    throw new UsageError(
      `${names} ${missing.length === 1 ? 'is' : 'are'} missing. Give the address instead of the name, as in rsync://host/module/path, or see \`mirrorfleet project add --help\`.`,
    )
  }
  const schedule = scheduleOf(options)
  const fields = {
    project: name,
    ...basicsOf(options, context.env),
    ...filtersOf(options),
    ...(Object.keys(schedule).length > 0 ? { cron_options: schedule } : {}),
  }
  const api = await context.connect()
  const added = await api.post('/add_project', { body: body(fields) })
  for (const note of added.notes ?? []) context.say(note)
  const next = added.next_run_time === null ? 'It has no schedule' : `Its next run is ${showAgo(added.next_run_time)}`
  context.print(added, () => `Added ${added.id}. ${next}. To sync it now, run \`mirrorfleet sync ${added.id} --wait\`.`)
}

async function list(context: Context): Promise<void> {
  const api = await context.connect()
  const projects = await api.get('/list_projects')
  const rows = projects.map((one) => [
    one.id,
    one.enabled ? 'yes' : 'no',
    one.last_run ? showState(one.last_run.state) : UNKNOWN,
    showAgo(one.last_success_at),
    one.publish,
    showSource(one),
  ])
  context.print(projects, () =>
    table(
      ['Project', 'Enabled', 'Last run', 'Last success', 'Publish', 'Upstream'],
      rows,
      process.stdout.columns ?? 120,
    ),
  )
}

async function show(context: Context, id: string): Promise<void> {
  const api = await context.connect()
  const [[project], slaves, runs] = await Promise.all([
    api.get('/list_projects', { query: { id } }),
    api.get('/list_slaves'),
    api.get('/list_runs', { query: { id, limit: 5 } }),
  ])
  if (project === undefined) throw new UsageError(`There is no project "${id}".`)
  const width = process.stdout.columns ?? 120
  const peers = slaves.map((slave) => {
    const { anchor = null, lag = 0, drift = null } = slave.projects[id] ?? {}
    return [slave.id, slave.state, anchor ?? UNKNOWN, lag, drift ?? UNKNOWN]
  })
  const lines = [
    ['Upstream', showSource(project)],
    ['Folder', `${project.dest}/${project.project}`],
    ['Owner', project.owner],
    ['Enabled', project.enabled ? 'yes' : 'no'],
    ['Schedule', showSchedule(project)],
    ['Next run', showTime(project.next_run_time, showNext)],
    ['Last success', showTime(project.last_success_at, showAgo)],
    ...(sourceOf(project).kind === 'rsync' ? [['Options', showOptions(project)]] : []),
    ['Probe', showProbe(project.probe) || 'none'],
    ['Master', showMaster(project)],
    ...(project.stuck === null ? [] : [['Stuck', project.stuck]]),
    ['Publish', project.publish],
    ['Layout', `${project.layout}, verify ${project.verify}`],
    ...(project.held === null ? [] : [['Held', `by run ${project.held.run}: ${project.held.problems[0] ?? ''}`]]),
    [
      'Generation',
      `${project.generation}${project.published_generation === null ? '' : `, published ${project.published_generation}`}`,
    ],
    ...(project.valid_until ? [['Valid until', `${project.valid_until} (${showAgo(project.valid_until)})`]] : []),
    ['Tree', `${showCount(project.total_files)} files, ${showSize(project.total_size)}`],
  ]
  const runRows = runs.map((run) => [
    run.run,
    showState(run.trigger),
    showState(run.state),
    showAgo(run.finished_at),
    run.error?.message ?? '',
  ])
  context.print(
    { project, peers: slaves.map(({ id: slave, state, projects }) => ({ slave, state, ...projects[id] })), runs },
    () =>
      [
        `${project.id}\n`,
        ...lines.map(([name = '', value = '']) => `${name.padEnd(14)}${value}`),
        '',
        table(['Slave', 'State', 'Generation', 'Lag', 'Drift'], peers, width),
        '',
        table(['Run', 'Trigger', 'State', 'Ended', 'Error'], runRows, width),
      ].join('\n'),
  )
}

function showOptions({ rsync_options: { basic, defaults, delete: deletes } }: ProjectView): string {
  return [joinQuoted([...defaults, ...basic]), deletes].join(' ')
}

/** A time and its words; only the words when there is no time. */
function showTime(iso: string | null, words: (iso: string | null) => string): string {
  return iso === null ? words(iso) : `${iso} (${words(iso)})`
}

async function update(context: Context, id: string, options: Basics): Promise<void> {
  const name = options.name === undefined ? {} : { project: options.name }
  const fields = { id, ...name, ...basicsOf(options, context.env), ...filtersOf(options) }
  if (Object.keys(fields).length === 1)
    throw new UsageError('Nothing to change. See `mirrorfleet project update --help`.')
  const api = await context.connect()
  const updated = await api.post('/update_project/basic', { body: body(await fittingFields(api, id, fields)) })
  for (const note of updated.notes ?? []) context.say(note)
  context.print(updated, () => `Updated ${updated.id}.`)
}

/** The password for rsync may be in the environment of somebody who changes a project of another kind. */
async function fittingFields(api: Api, id: string, fields: { id: string; rsync_password?: string; source?: unknown }) {
  if (fields.rsync_password === undefined || fields.source !== undefined) return fields
  const [project] = await api.get('/list_projects', { query: { id } })
  const { rsync_password: _password, ...others } = fields
  return project === undefined || sourceOf(project).kind === 'rsync' ? fields : others
}

async function replaceSchedule(context: Context, id: string, options: Basics): Promise<void> {
  const api = await context.connect()
  const updated = await api.post('/update_project/schedule', { body: body({ id, ...scheduleOf(options) }) })
  context.print(updated, () =>
    updated.next_run_time === null
      ? `${id} has no next run.`
      : `${id} runs next at ${updated.next_run_time} (${showAgo(updated.next_run_time)}).`,
  )
}

async function setEnabled(context: Context, id: string, what: 'enable' | 'disable'): Promise<void> {
  const api = await context.connect()
  const answer = await api.post(what === 'enable' ? '/enable_project' : '/disable_project', { query: { id } })
  context.print(answer, () => `${id} is ${answer.enabled ? 'enabled' : 'disabled'}.`)
}

async function remove(context: Context, id: string, { purge = false }: { purge?: boolean }): Promise<void> {
  const api = await context.connect()
  const answer = await api.post('/remove_project', { body: { id, purge } })
  const later = (answer.told_later ?? []).join(', ')
  const except = later === '' ? '' : ` Not reached, and told when back: ${later}.`
  context.print(answer, () => `Removed ${id}. Its files ${purge ? 'are removed too' : 'are kept'}.${except}`)
}
