// Reads one mirror of a tunasync worker as a project (tunasync, worker/provider.go and the providers). Pure.

import type { FleetProject } from '../fleet-file.ts'
import { keepOptions } from './keep-options.ts'
import { namesPassword, readUpstream, withoutPassword } from './parts.ts'
import type { Around, Found, FoundProject, Remark } from './plan.ts'
import { readProxy } from './proxy.ts'
import { reasons, UNKNOWN_MEANING, WEBHOOK } from './reasons.ts'
import { isTable, numberIn, type Table, textsIn } from './toml-values.ts'
import { readTunasyncCommand, successCodes } from './tunasync-command.ts'

/** What tunasync gives every rsync, without what the service does by itself. */
const BASE = ['-aHv', '--no-owner', '--no-group', '--delete-after', '--delay-updates']

const STAGES: ReadonlyMap<string, FleetProject['stages']> = new Map(
  Object.entries<FleetProject['stages']>({
    debian: 'debian',
    'debian-oldstyle': {
      first_pass_exclude: ['Packages*', 'Sources*', 'Release*', 'InRelease', 'i18n/*', 'ls-lR*', 'dep11/*'],
    },
  }),
)

/** What a mirror may say that has no place in a project. */
const LEFT = reasons({
  memory_limit: 'limits of memory are those of the unit of the master (MemoryMax=)',
  'docker_image docker_volumes docker_options':
    'commands run in a sandbox with the programs of this machine; what the script needs must be installed here',
  log_dir: 'logs are kept in DATA_DIR; `mirrorfleet log` shows them',
  'exec_on_success exec_on_failure exec_on_success_extra exec_on_failure_extra': WEBHOOK,
  snapshot_path: '`publish: atomic` keeps the generation before, for a rollback',
  role: 'status.json says of every project that it is a master',
  mirror_type: 'status.json does not have it',
  size_pattern: 'the size is that of the tree',
  fail_on_match: 'a command must end with an exit code other than 0 when it fails',
  rsync_no_timeout: 'an rsync that is silent for io_timeout_s is always ended',
})
const READ = [
  ...['name', 'provider', 'upstream', 'interval', 'retry', 'timeout', 'mirror_dir', 'mirror_subdir', 'env', 'command'],
  'success_exit_codes',
]
const READ_OF_RSYNC = [
  ...[
    'use_ipv6',
    'use_ipv4',
    'exclude_file',
    'username',
    'password',
    'rsync_timeout',
    'rsync_options',
    'rsync_override',
  ],
  ...['rsync_override_only', 'stage1_profile'],
]

/** The longest that a project may have. */
const YEAR_S = 31_536_000

/** @throws {Error} with the reason why it cannot be a project. */
export function readMirror(name: string, mirror: Table, global: Table, around: Around): Found {
  if (name === '') throw new Error('it has no name')
  const provider = String(mirror.provider ?? 'rsync')
  const remarks: Remark[] = []
  const filled =
    mirror.provider === 'command'
      ? readTunasyncCommand(mirror, global, remarks)
      : readRsync(provider, mirror, global, around, remarks)
  for (const [field, value] of Object.entries(mirror)) {
    if (READ.includes(field) || value === false) continue
    const isOfRsync = READ_OF_RSYNC.includes(field)
    const why = isOfRsync ? 'a command takes nothing from it' : (LEFT.get(field) ?? UNKNOWN_MEANING)
    if (!isOfRsync || provider === 'command') remarks.push({ what: showField(field, value), result: 'left', why })
  }
  const interval = numberIn(mirror.interval) ?? numberIn(global.interval) ?? 120
  const retry = numberIn(mirror.retry) ?? numberIn(global.retry)
  const timeout_s = numberIn(mirror.timeout) ?? numberIn(global.timeout)
  const fields = {
    ...filled.fields,
    // It is in minutes, from the end of a run too.
    interval_s: Math.min(interval * 60, YEAR_S),
    // tunasync counts all attempts, Mirrorfleet those after the first.
    ...(retry === null ? {} : { retry_limit: Math.min(retry - 1, 100) }),
    ...(timeout_s === null ? {} : { timeout_s }),
  }
  return { called: name, project: { ...filled, name, folder: folderOf(mirror, name, global), fields }, remarks }
}

/** Never a value that may be secret. */
const showField = (field: string, value: unknown): string =>
  typeof value === 'string' && LEFT.has(field) && !field.startsWith('exec') ? `${field} = ${value}` : field

/** A mirror's own mirror_dir is its folder; that of all is the folder above. */
function folderOf(mirror: Table, name: string, global: Table): string {
  if (mirror.mirror_dir !== undefined) return String(mirror.mirror_dir)
  return [global.mirror_dir ?? '/srv/mirrors', mirror.mirror_subdir, name]
    .filter((part) => part !== undefined)
    .join('/')
}

type Filled = Pick<FoundProject, 'from' | 'hasPassword' | 'fields'>

function readRsync(provider: string, mirror: Table, global: Table, around: Around, remarks: Remark[]): Filled {
  if (provider !== 'rsync' && provider !== 'two-stage-rsync')
    throw new Error(`its provider is ${provider}, and must be rsync, two-stage-rsync or command`)
  const from = String(mirror.upstream ?? '')
  const upstream = readUpstream(from)
  const kept = keepOptions(wordsOf(mirror, global), around.readFile)
  remarks.push(...kept.remarks)
  if (mirror.command !== undefined && mirror.command !== '')
    remarks.push({
      what: `command = ${mirror.command}`,
      result: 'left',
      why: 'RSYNC_BIN of the master names the program',
    })
  const env = Object.keys(isTable(mirror.env) ? mirror.env : {})
  const { RSYNC_PROXY: named = null } = isTable(mirror.env) ? mirror.env : {}
  const proxy = readProxy(typeof named === 'string' ? named : null, remarks)
  for (const one of env.filter((variable) => !['RSYNC_PASSWORD', 'RSYNC_PROXY'].includes(variable)))
    remarks.push({ what: `env ${one}`, result: 'left', why: 'rsync gets an environment of its own' })
  const codes = successCodes(mirror, global)
  const tolerated = codes.filter((code): code is 23 | 24 => code === 23 || code === 24)
  const others = codes.filter((code) => code !== 23 && code !== 24)
  if (others.length > 0)
    remarks.push({
      what: `exit codes ${others.join(', ')} as success`,
      result: 'left',
      why: 'after these, rsync leaves no tree to serve',
    })
  return {
    from: withoutPassword(from),
    hasPassword: (mirror.password ?? '') !== '' || env.includes('RSYNC_PASSWORD') || namesPassword(from),
    fields: {
      ...upstream,
      ...(typeof mirror.username === 'string' && mirror.username !== '' ? { rsync_user: mirror.username } : {}),
      rsync_options: kept.rsync_options,
      ...(provider === 'two-stage-rsync' ? stagesOf(mirror, remarks) : {}),
      ...(tolerated.length === 0 ? {} : { tolerated_exit_codes: tolerated }),
      ...kept.fields,
      ...proxy,
      ...(numberIn(mirror.rsync_timeout) === null ? {} : { io_timeout_s: numberIn(mirror.rsync_timeout) }),
    },
  }
}

/** As tunasync puts them together. */
function wordsOf(mirror: Table, global: Table): string[] {
  const override = textsIn(mirror.rsync_override)
  const base = override.length > 0 ? override : BASE
  if (mirror.rsync_override_only === true && override.length > 0) return override
  const address = mirror.use_ipv6 === true ? ['-6'] : mirror.use_ipv4 === true ? ['-4'] : []
  const excludes = mirror.exclude_file === undefined ? [] : [`--exclude-from=${mirror.exclude_file}`]
  return [...base, ...address, ...excludes, ...textsIn(global.rsync_options), ...textsIn(mirror.rsync_options)]
}

function stagesOf(mirror: Table, remarks: Remark[]): Pick<FleetProject, 'stages'> {
  const profile = String(mirror.stage1_profile ?? '')
  const stages = STAGES.get(profile)
  if (stages === undefined) {
    remarks.push({
      what: `stage1_profile = ${profile}`,
      result: 'left',
      why: 'tunasync does not have it; the project has one pass',
    })
    return {}
  }
  if (textsIn(mirror.rsync_options).length > 0)
    remarks.push({
      what: 'rsync_options',
      result: 'changed',
      why: 'tunasync gave them to the second pass alone, and they hold for both',
    })
  return { stages }
}
