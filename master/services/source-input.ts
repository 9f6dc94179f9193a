// Which fields of a request go with which kind of source: pure.

import { isDeepStrictEqual } from 'node:util'
import { atField, InvalidInput } from '../../shared/errors.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import type { RsyncOptions } from '../../shared/schemas/project-parts.ts'
import type { UpdateProject } from '../../shared/schemas/project-request.ts'
import type { Source } from '../../shared/schemas/source.ts'
import { sourceOf } from '../../shared/source-of.ts'
import { filledSourceOf } from '../sources/sources.ts'

type Request = Omit<UpdateProject, 'id'>

const RSYNC_FIELDS = [
  ...([
    'rsync_host',
    'rsync_port',
    'rsync_module',
    'rsync_user',
    'rsync_password',
    'rsync_options',
    'upstreams',
  ] as const),
  'tolerated_exit_codes',
  'wait_for',
  'address',
  'proxy',
  'transport',
  'ssh_key',
  'ssh_known_host',
] as const

/** What is copied from a source's own tree: all of it, exactly. */
export const COPY_OPTIONS: RsyncOptions = { basic: [], defaults: ['-aH'], delete: '--delete' }

/** A project of another source has no upstream that rsync could reach. */
export const NO_UPSTREAM = {
  rsync_host: '',
  rsync_port: 873,
  rsync_module: '',
  rsync_user: null,
  rsync_password: null,
  upstreams: [],
  rsync_options: COPY_OPTIONS,
  tolerated_exit_codes: [],
  wait_for: null,
  address: null,
  proxy: null,
  transport: 'rsync',
  ssh_key: null,
  ssh_known_host: null,
} satisfies Partial<StoredProject>

/** @throws {InvalidInput} for a field that means nothing to a source of this kind. */
export function assertFieldsOf({ kind }: Source, request: Request): void {
  if (kind === 'rsync') return
  for (const field of RSYNC_FIELDS) {
    const given = request[field]
    const isNothing = given === undefined || given === null || (Array.isArray(given) && given.length === 0)
    if (!isNothing) throw wrong(field, `goes with the source rsync only, and this one is ${kind}; leave it out`)
  }
  if (request.probe && request.probe !== 'auto' && 'file' in request.probe)
    throw wrong('probe.file', `is a path below rsync_module, and the source is ${kind}; give {"url": address}`)
}

/** @throws {InvalidInput} always: rsync cannot pull without the field. */
export function refuseMissing(field: 'rsync_host' | 'rsync_module'): never {
  throw wrong(field, 'is missing')
}

/** What becomes of the fields of one kind when a project changes to another; nothing while it keeps its own. */
export function changeSource(before: StoredProject, source: Source | undefined, rsyncOptions: RsyncOptions) {
  if (source === undefined) return {}
  if (source.kind === sourceOf(before).kind) return {}
  return source.kind === 'rsync' ? { rsync_options: rsyncOptions } : NO_UPSTREAM
}

/** A new layout or kind of source sets the stages where the request does not, unless they were chosen before. */
export function stagesOfChange(before: StoredProject, { source, layout, stages }: Request): Partial<StoredProject> {
  if (stages !== undefined || (source === undefined && layout === undefined)) return {}
  const wanted = { source: source ?? sourceOf(before), layout: layout ?? before.layout ?? 'plain' }
  const wasChosen = !isDeepStrictEqual(before.stages, defaultStages(before))
  return layout === undefined && wasChosen ? {} : { stages: defaultStages(wanted) }
}

/** The order of a sync where the request does not say: the layout's, or else the source's. */
export function defaultStages({ source, layout = 'plain' }: Pick<StoredProject, 'source' | 'layout'>) {
  if (layout !== 'plain') return 'by_layout'
  return filledSourceOf(source === undefined ? {} : { source })?.stages ?? 'single'
}

function wrong(field: string, reason: string): Error {
  return atField(new InvalidInput(`${field}: ${reason}`), field)
}
