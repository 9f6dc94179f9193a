// What fills a project's tree on the master: one schema a kind.

import Type, { type Static } from 'typebox'
import { Strict } from './common.ts'

/** The project's rsync_* fields say from where. */
export const RsyncKind = Strict({ kind: Type.Literal('rsync') })

/** A folder on the master, which people or other programs fill. */
export const FolderKind = Strict({ kind: Type.Literal('folder') })
export type FolderKind = Static<typeof FolderKind>

/** A repository of git. */
export const GitKind = Strict({
  kind: Type.Literal('git'),
  url: Type.String({ minLength: 1, maxLength: 2048, description: 'an https, http or git address' }),
  /** Which refs; all when missing. */
  refs: Type.Optional(
    Type.Array(
      Type.String({
        pattern: '^refs/(?!.*(\\.\\.|@\\{|//|/\\.|\\.lock))[A-Za-z0-9._/+@=#%,-]*(\\*[A-Za-z0-9._/+@=#%,-]*)?$',
        maxLength: 256,
        description: 'a ref such as "refs/heads/main", or a pattern such as "refs/heads/*"',
      }),
      { minItems: 1, maxItems: 64, uniqueItems: true, description: 'a list of 1 to 64 different refs or patterns' },
    ),
  ),
  /** A repository that clients fetch from, or the files of one branch. */
  form: Type.Optional(Type.Enum(['bare', 'checkout'] as const, { description: '"bare" or "checkout"' })),
})
export type GitKind = Static<typeof GitKind>

const KINDS = [RsyncKind, FolderKind, GitKind] as const

/** As it is stored, and as answers show it. */
export const Source = Type.Union([...KINDS])
export type Source = Static<typeof Source>

/** As requests give it: the kind decides which fields there may be, so that an error names the field. */
export const SourceInput = Type.Unsafe<Source>({
  type: 'object',
  required: ['kind'],
  discriminator: { propertyName: 'kind' },
  oneOf: [...KINDS],
  description: 'an object whose kind is "rsync", "folder" or "git"',
})
