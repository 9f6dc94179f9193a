// How a git that failed is told of.

import { SourceFailed } from '../source-failed.ts'

export class GitFailed extends SourceFailed {}
