// What fills a project's tree on the master: one schema a kind.

import Type, { type Static } from 'typebox'
import { Strict } from './common.ts'

/** The project's rsync_* fields say from where. */
export const RsyncKind = Strict({ kind: Type.Literal('rsync') })

/** A folder on the master, which people or other programs fill. */
export const FolderKind = Strict({ kind: Type.Literal('folder') })
export type FolderKind = Static<typeof FolderKind>

const KINDS = [RsyncKind, FolderKind] as const

/** As it is stored, and as answers show it. */
export const Source = Type.Union([...KINDS])
export type Source = Static<typeof Source>

/** As requests give it: the kind decides which fields there may be, so that an error names the field. */
export const SourceInput = Type.Unsafe<Source>({
  type: 'object',
  required: ['kind'],
  discriminator: { propertyName: 'kind' },
  oneOf: [...KINDS],
  description: 'an object whose kind is "rsync" or "folder"',
})
