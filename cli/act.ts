// The type of the function that turns a command into an action of commander.

import type { Context } from './context.ts'

/** `run` takes the context first, then the arguments and options that commander passes. */
export type Act = <A extends unknown[]>(
  run: (context: Context, ...given: A) => Promise<void>,
) => (...given: [...A, ...unknown[]]) => Promise<void>
