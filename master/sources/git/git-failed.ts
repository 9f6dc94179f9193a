// How a git that failed is told of.

import type { Outcome } from '../../../shared/trees/source.ts'

/** `outcome` says whether another attempt may help. */
export class GitFailed extends Error {
  readonly outcome: Exclude<Outcome, 'success' | 'noted'>
  readonly exitCode: number | null

  constructor(outcome: Exclude<Outcome, 'success' | 'noted'>, message: string, exitCode: number | null) {
    super(message)
    this.outcome = outcome
    this.exitCode = exitCode
  }
}
