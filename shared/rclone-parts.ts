// A source of rclone with the options of its remote beside everything else, and back. Pure.

import type { RcloneKind, RcloneRemote } from './schemas/rclone-source.ts'

type Remote = RcloneKind['remote']

/** `remote` is the type. */
export type RcloneParts = Omit<RcloneKind, 'kind' | 'remote'> & Omit<Remote, 'type'> & { remote: RcloneRemote }

export function partsOf({ kind: _kind, remote: { type, ...options }, ...more }: RcloneKind): RcloneParts {
  return { remote: type, ...options, ...more }
}

export function ofParts({ remote, path, secrets, tolerate_unreadable, ...options }: RcloneParts): RcloneKind {
  return {
    kind: 'rclone',
    remote: { type: remote, ...options },
    ...(path === undefined ? {} : { path }),
    ...(secrets === undefined ? {} : { secrets }),
    ...(tolerate_unreadable === undefined ? {} : { tolerate_unreadable }),
  }
}
