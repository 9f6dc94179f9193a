// What rclone reads as two fields of a form: its address with the options of the remote, and a secret. Pure.

import { MAIN_SECRET, readRclone, writeRclone } from '../../shared/rclone-address.ts'
import type { ProjectView } from '../../shared/schemas/project.ts'
import type { RcloneKind } from '../../shared/schemas/rclone-source.ts'
import type { NamedField, Texts } from './setting-field.ts'

const sourceOf = ({ source }: ProjectView): RcloneKind | null => (source?.kind === 'rclone' ? source : null)

export const rcloneFields: readonly NamedField[] = [
  {
    name: 'source',
    key: 'source',
    label: 'Address for rclone',
    wide: 6,
    placeholder: 'another source fills it',
    hint: 'rclone:https://host/path/, or s3://bucket/path, webdav+https://, sftp://, ftp://, with options as in ?region=eu-west-1',
    read: (project) => {
      const source = sourceOf(project)
      return source === null ? '' : writeRclone(source)
    },
    write: (entered, all) => ({ source: entered.trim() === '' ? { kind: 'rsync' } : rcloneIn(entered, all) }),
  },
  {
    name: 'source',
    key: 'source_secret',
    label: 'Secret for rclone',
    wide: 6,
    kind: 'secret',
    hint: 'The password, the secret access key, or headers such as Cookie,NAME=VALUE',
    read: (project) => {
      const source = sourceOf(project)
      return source !== null && MAIN_SECRET[source.remote.type] in (source.secrets ?? {}) ? 'set' : ''
    },
    write: (_entered, all) => ({ source: rcloneIn(all.source ?? '', all) }),
  },
]

/** The source of an address, with the secret that was typed; without it when it is taken away. What is no address is sent as the remote, so that the master says what is wrong. */
export function rcloneIn(address: string, { source_secret: typed }: Texts): RcloneKind {
  const source = readRclone(address)
  // The master knows which remotes there are.
  if (source === null) return { kind: 'rclone', remote: { type: address.trim() as RcloneKind['remote']['type'] } }
  const main = MAIN_SECRET[source.remote.type]
  const { [main]: _kept, ...others } = source.secrets ?? {}
  if (typed === undefined || typed === '') return source
  const secrets = typed === '\u0000' ? others : { ...source.secrets, [main]: typed }
  const { secrets: _all, ...rest } = source
  return Object.keys(secrets).length === 0 ? rest : { ...rest, secrets }
}
