// What kind of value each argument and each option of the commands takes. Pure.

import { pathOf } from './command-path.ts'
import type { ArgumentPlace, ValuePlace } from './place.ts'

/** What has a list of its values. */
export type NameKind =
  | 'project'
  | 'run'
  | 'activeRun'
  | 'slave'
  | 'slavePort'
  | 'user'
  | 'token'
  | 'context'
  | 'address'
  | 'master'
  | 'generation'
  | 'timezone'

/** A list of words are those that are most likely; `free` is a value that nobody can guess. */
export type Kind = NameKind | 'file' | 'free' | readonly string[]

const PROJECT: readonly Kind[] = ['project']
const FILE: readonly Kind[] = ['file']
const FREE: readonly Kind[] = ['free']

/** By the words of the command; one for each argument, unless commander knows its choices. */
const ARGUMENTS: Readonly<Record<string, readonly Kind[]>> = {
  login: ['address'],
  'context use': ['context'],
  'context remove': ['context'],
  'project add': FREE,
  'project show': PROJECT,
  'project update': PROJECT,
  'project schedule': PROJECT,
  'project enable': PROJECT,
  'project disable': PROJECT,
  'project remove': PROJECT,
  'project generations': PROJECT,
  'project rollback': ['project', 'generation'],
  'project publish-held': PROJECT,
  sync: PROJECT,
  stop: ['activeRun'],
  runs: PROJECT,
  log: ['run'],
  events: PROJECT,
  'slave add': ['free', 'free'],
  'slave token': ['slave'],
  'slave remove': ['slave', 'slavePort'],
  'user add': FREE,
  'user update': ['user'],
  'user remove': ['user'],
  'token revoke': ['token'],
  apply: FILE,
  'import crontab': FILE,
  'import tunasync': FILE,
  'import ftpsync': FILE,
  'import quick-fedora-mirror': FILE,
  'import apt-mirror': FILE,
  'master assign': ['master', 'project'],
}

/** By the option, or by its command and itself where commands differ. Those that are not here are free. */
const OPTIONS: Readonly<Record<string, Kind>> = {
  '--url': 'address',
  '--context': 'context',
  '--user': 'user',
  '--node': 'master',
  '--timezone': 'timezone',
  '--source': ['rsync', 'folder'],
  '--probe': ['auto', 'none'],
  '--wait-for': ['layout', 'none'],
  '--interval': ['none'],
  '--bandwidth': ['none'],
  '--downstreams': ['none'],
  '--tolerate': ['23', '24', 'none'],
  '--cron': ['@hourly', '@daily', '@weekly', '@monthly'],
  '--slave': 'slave',
  'slave add --upstream': 'slave',
  '--for': 'user',
  '--by': 'user',
  '--project': 'project',
  '--sync': 'project',
  'token create --ttl': ['never'],
  'master assign --from': 'master',
}

/** Undefined for an argument that the table has forgotten. */
export function kindOf(place: ArgumentPlace | ValuePlace): Kind | undefined {
  const path = pathOf(place.command)
  const choices = place.of.argChoices
  if (choices !== undefined) return choices
  if (place.what === 'argument') return ARGUMENTS[path]?.[place.index]
  const { long } = place.of
  return OPTIONS[`${path} ${long}`] ?? OPTIONS[long ?? ''] ?? 'free'
}
