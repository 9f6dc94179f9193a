// How an rclone that failed is told of.

import { SourceFailed } from '../source-failed.ts'

export class RcloneFailed extends SourceFailed {}
