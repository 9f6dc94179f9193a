// How the program of a source that failed is told of.

import type { Outcome } from '../../shared/trees/source.ts'

/** `outcome` says whether another attempt may help; `exitCode` is that of the program, if it came to an end of its own. */
export class SourceFailed extends Error {
  readonly outcome: Exclude<Outcome, 'success' | 'noted'>
  readonly exitCode: number | null

  constructor(outcome: Exclude<Outcome, 'success' | 'noted'>, message: string, exitCode: number | null) {
    super(message)
    this.outcome = outcome
    this.exitCode = exitCode
  }
}
