// The type of what makes an action of commander out of a command's function.

import type { Context } from './context.ts'

/** Makes an action of a function that takes the context first, then the arguments and options that commander passes. */
export type Act = <A extends unknown[]>(
  run: (context: Context, ...given: A) => Promise<void>,
) => (...given: [...A, ...unknown[]]) => Promise<void>
