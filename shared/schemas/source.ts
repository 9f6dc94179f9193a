// What fills a project's tree on the master: one schema a kind.

import Type, { type Static } from 'typebox'
import { Nullable, Strict } from './common.ts'
import { RcloneKind } from './rclone-source.ts'

/** The project's rsync_* fields say from where. */
export const RsyncKind = Strict({ kind: Type.Literal('rsync') })

/** A folder on the master, which people or other programs fill. */
export const FolderKind = Strict({
  kind: Type.Literal('folder'),
  /** What the people who fill it put there. */
  content: Type.Optional(Type.Enum(['files'] as const, { description: '"files"' })),
})
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

const EnvironmentName = '^(?!MIRRORFLEET_|LD_|PATH$|HOME$)[A-Za-z_][A-Za-z0-9_]{0,63}$'
const ExitCodes = Type.Array(Type.Integer({ minimum: 1, maximum: 255, description: 'a whole number from 1 to 255' }), {
  maxItems: 64,
  uniqueItems: true,
  description: 'a list of different exit codes',
})
const ArgumentText = '^[^\\u0000-\\u001f\\u007f]*$'

/** A program in COMMANDS_DIR, which fills a folder that it is given. Only root may name one. */
export const CommandKind = Strict({
  kind: Type.Literal('command'),
  command: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$',
    description: 'the name of a file in COMMANDS_DIR',
  }),
  args: Type.Optional(
    Type.Array(Type.String({ maxLength: 4096, pattern: ArgumentText, description: 'a string of one line' }), {
      maxItems: 64,
      description: 'a list of at most 64 strings',
    }),
  ),
  /** Everybody may see it. */
  env: Type.Optional(
    Type.Record(Type.String({ pattern: EnvironmentName }), Type.String({ maxLength: 4096, pattern: ArgumentText }), {
      additionalProperties: false,
      maxProperties: 64,
    }),
  ),
  /** More of the environment, that nobody sees: null in answers, and in a request that keeps what is stored. */
  secrets: Type.Optional(
    Type.Record(
      Type.String({ pattern: EnvironmentName }),
      Nullable(Type.String({ maxLength: 4096, pattern: ArgumentText })),
      { additionalProperties: false, maxProperties: 64 },
    ),
  ),
  /** Where the tree comes from, for people and for the command. */
  upstream: Type.Optional(
    Type.String({ maxLength: 2048, pattern: ArgumentText, description: 'an address without a log-in' }),
  ),
  /** After which the run is tried again, or what came is published though a part is missing. */
  exit_codes: Type.Optional(Strict({ retry: Type.Optional(ExitCodes), tolerate: Type.Optional(ExitCodes) })),
})
export type CommandKind = Static<typeof CommandKind>

const KINDS = [RsyncKind, FolderKind, GitKind, RcloneKind, CommandKind] as const

/** As it is stored, and as answers show it. */
export const Source = Type.Union([...KINDS])
export type Source = Static<typeof Source>

/** As requests give it: the kind decides which fields there may be, so that an error names the field. */
export const SourceInput = Type.Unsafe<Source>({
  type: 'object',
  required: ['kind'],
  discriminator: { propertyName: 'kind' },
  oneOf: [...KINDS],
  description: 'an object whose kind is "rsync", "folder", "git", "rclone" or "command"',
})
