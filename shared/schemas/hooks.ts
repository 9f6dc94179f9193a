// The commands of the operator that run around a project's runs.

import Type, { type Static } from 'typebox'
import { Strict } from './common.ts'

/** When each runs. `before` may refuse the run; `after` is every end; `published`: what is served has changed. */
export const HOOK_TIMES = ['before', 'after', 'published', 'failed'] as const
export type HookTime = (typeof HOOK_TIMES)[number]

const Command = Type.Optional(
  Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$', description: 'the name of a file in COMMANDS_DIR' }),
)

export const Hooks = Strict({ before: Command, after: Command, published: Command, failed: Command })
export type Hooks = Static<typeof Hooks>
