// The words that some fields of a project take. Without schemas, so that the command line can use them without loading those.

export const LAYOUTS = ['plain', 'debian', 'rpm', 'arch', 'alpine', 'fedora', 'checksums'] as const
export const VERIFIES = ['off', 'warn', 'hold'] as const
export const PUBLISHES = ['in_place', 'atomic'] as const
/** Beside these, `stages` may be an object with patterns. */
export const STAGE_NAMES = ['by_layout', 'single', 'debian', 'rpm'] as const
/** What carries rsync's own protocol to an upstream, and the port where none is given. */
export const TRANSPORTS = ['rsync', 'tls', 'ssh'] as const
export const USUAL_PORTS: Readonly<Record<(typeof TRANSPORTS)[number], number>> = { rsync: 873, tls: 874, ssh: 22 }
