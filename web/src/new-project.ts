// What is asked of the master while a project is being added: a look at its upstream, and then the project. Pure.

import { nameInRclone, readRclone } from '../../shared/rclone-address.ts'
import { isRepositoryAddress, repositoryName } from '../../shared/repository-name.ts'
import { readOptionText } from '../../shared/rsync/option-text.ts'
import { readUpstreamAddress, suggestName } from '../../shared/rsync/upstream-address.ts'
import type { AddProject } from '../../shared/schemas/project-request.ts'
import type { TestUpstream, UpstreamSeen } from '../../shared/schemas/upstream-test.ts'
import type { ScheduleFields } from './parts/schedule-editor.tsx'
import { rcloneIn } from './rclone-fields.ts'
import type { NamedField, Texts } from './setting-field.ts'
import { FIELDS } from './settings-fields.ts'

/** The texts that are asked for at first; everything else can be set later. */
const OF_RSYNC = ['rsync_host', 'rsync_port', 'rsync_module', 'rsync_user', 'rsync_password']
const OF_ALL = ['project', 'dest', 'probe', 'layout', 'publish']
const OF_RCLONE = ['source_secret']
const LAST_OF_RSYNC = ['defaults']

/** What is different for a project that is not there yet. */
const AS_NEW: Readonly<Record<string, Partial<NamedField>>> = {
  project: { hint: 'The name of its folder' },
  dest: { required: false, placeholder: 'where all projects are (DEST_ROOT)' },
}

/** The fields of the form: a git repository has an address, and nothing else to say where it is; what rclone reads may need a secret too. */
export function fieldsFor(address: string): NamedField[] {
  const keys = isGit(address)
    ? OF_ALL
    : isRclone(address)
      ? [...OF_RCLONE, ...OF_ALL]
      : [...OF_RSYNC, ...OF_ALL, ...LAST_OF_RSYNC]
  return keys
    .flatMap((key) => FIELDS.filter((field) => field.key === key))
    .map((field) => ({ ...field, ...(AS_NEW[field.key] ?? {}) }))
}

/** An address of http or https is that of a repository. */
export function isGit(address: string): boolean {
  return isRepositoryAddress(address.trim())
}

/** What begins with `rclone:`, also while it is being typed. */
function isRclone(address: string): boolean {
  return address.trim().startsWith('rclone:')
}

/** What an address says of the fields. */
export function readPasted(address: string): Texts {
  if (isGit(address)) {
    const project = repositoryName(address.trim())
    return project === null ? {} : { project }
  }
  const remote = readRclone(address)
  if (remote !== null) return { project: suggestName({ rsync_module: nameInRclone(remote) }) }
  const found = readUpstreamAddress(address)
  if (found === null) return {}
  const { rsync_host, rsync_module, rsync_port = '', rsync_user = '' } = found
  return { rsync_host, rsync_module, rsync_port: `${rsync_port}`, rsync_user, project: suggestName(found) }
}

/** What to look at; null while the address is not complete. */
export function upstreamToTest(address: string, texts: Texts): TestUpstream | null {
  if (isGit(address)) return { source: { kind: 'git', url: address.trim() } }
  if (isRclone(address)) return readRclone(address) === null ? null : { source: rcloneIn(address, texts) }
  const { rsync_host: host = '', rsync_module = '', rsync_port = '', rsync_user = '', rsync_password = '' } = texts
  const isComplete = /[.:]./.test(host) || host === 'localhost' || rsync_module !== ''
  if (host.trim() === '' || !isComplete || !/^\d*$/.test(rsync_port)) return null
  return {
    rsync_host: host.trim(),
    ...(rsync_module === '' ? {} : { rsync_module: rsync_module.trim() }),
    ...(rsync_port === '' ? {} : { rsync_port: Number(rsync_port) }),
    ...(rsync_user === '' ? {} : { rsync_user: rsync_user.trim() }),
    ...(rsync_password === '' ? {} : { rsync_password }),
  }
}

/** What was found as texts of the form; what a person has set stays. */
export function factsOf({ layout, probe }: UpstreamSeen, isSet: (key: string) => boolean): Texts {
  const isKnown = layout !== null && layout !== 'plain'
  const facts = { ...(isKnown ? { layout, publish: 'atomic' } : {}), ...(probe === null ? {} : { probe }) }
  return Object.fromEntries(Object.entries(facts).filter(([key]) => !isSet(key)))
}

/** The request that adds the project. */
export function requestToAdd(address: string, texts: Texts, schedule: ScheduleFields): AddProject {
  const given = fieldsFor(address).filter(({ key }) => (texts[key] ?? '') !== '')
  const parts = given.map(({ key, write }) =>
    key === 'defaults' ? { rsync_options: readOptionText(texts.defaults ?? '') } : write(texts[key] ?? '', texts),
  )
  return Object.assign(
    isGit(address) ? { source: { kind: 'git', url: address.trim() } } : {},
    ...parts,
    isRclone(address) ? { source: rcloneIn(address, texts) } : {},
    Object.keys(schedule).length > 0 ? { cron_options: schedule } : {},
  )
}
