// What a run's error means, and what helps: pure, for the command line and the dashboard.

/** What helps. `force` lets files go, `refill` fetches them again; both are a sync with force. */
export type Remedy =
  | 'retry'
  | 'edit password'
  | 'edit source'
  | 'force'
  | 'refill'
  | 'publish held'
  | 'guard'
  | 'log'
  | 'slaves'

export interface Cause {
  title: string
  /** Why the run ended so, and what the next one does. */
  why: string
  /** The likeliest first. */
  remedies: readonly Remedy[]
}

interface KnownCause extends Cause {
  /** The code of the run's error; missing for any. */
  code?: string
  /** A part of what was said; missing for anything. */
  says?: RegExp
}

/** The first that matches. */
const CAUSES: readonly KnownCause[] = [
  {
    code: 'DELETE_GUARD',
    title: 'Too many files would be deleted',
    why: 'Nothing was deleted. Each run asks again, until the upstream has its files back, or the guard is passed once.',
    remedies: ['force', 'guard', 'log'],
  },
  {
    code: 'TREE_MISSING',
    says: /gone upstream/,
    title: 'The upstream has lost all of its files',
    why: 'Nothing was deleted. Each run asks again, until the upstream has its files back, or the guard is passed once.',
    remedies: ['edit source', 'force', 'log'],
  },
  {
    code: 'TREE_MISSING',
    title: 'The folder is empty, but held files before',
    why: 'Is its disk mounted? Nothing is fetched before that is clear, or the disk below would be filled.',
    remedies: ['retry', 'refill', 'log'],
  },
  {
    code: 'UPSTREAM_EMPTY',
    title: 'The upstream is empty',
    why: 'An empty upstream is not taken for a first copy.',
    remedies: ['edit source', 'retry', 'log'],
  },
  {
    code: 'UPSTREAM_NOT_WHOLE',
    title: 'The upstream is not whole',
    why: 'Each run fetches what is missing, and publishes once everything is there.',
    remedies: ['retry', 'publish held', 'log'],
  },
  {
    code: 'QUORUM_MISSED',
    title: 'Too few slaves are prepared',
    why: 'All nodes still serve the tree before. The next run prepares the slaves again.',
    remedies: ['slaves', 'retry', 'log'],
  },
  {
    code: 'HOOK_REFUSED',
    title: 'Its own command does not let it run',
    why: 'The command `before` of the project ended with an error. Each run asks it again.',
    remedies: ['retry', 'log'],
  },
  {
    code: 'SLAVES_BEHIND',
    title: 'Some slaves are behind',
    why: 'A slave catches up by itself as soon as it can.',
    remedies: ['slaves', 'log'],
  },
  {
    code: 'DISK_FULL',
    title: 'The disk of this project is full',
    why: 'It is tried again when there is room.',
    remedies: ['retry', 'log'],
  },
  {
    code: 'UPSTREAM_FAILED',
    says: /auth failed|password/i,
    title: 'The upstream refused the password',
    why: 'It is not retried, because only another password helps.',
    remedies: ['edit password', 'log'],
  },
  {
    code: 'UPSTREAM_FAILED',
    says: /unknown module|no such file or directory|chdir failed/i,
    title: 'The upstream has no such module or folder',
    why: 'Only another source helps, or the upstream itself.',
    remedies: ['edit source', 'log'],
  },
  {
    code: 'UPSTREAM_FAILED',
    says: /name or service|resolve|refused|timed out|unreachable|no route|connection|max connections/i,
    title: 'The upstream cannot be reached',
    why: 'Each run tries again several times, with growing pauses.',
    remedies: ['retry', 'edit source', 'log'],
  },
]
const OTHER: Cause = { title: 'The last run failed', why: '', remedies: ['retry', 'log'] }

/** `code` and `said` are those of the run's error; empty when there is none. */
export function causeOf(code: string, said: string): Cause {
  return CAUSES.find((one) => (one.code === undefined || one.code === code) && (one.says?.test(said) ?? true)) ?? OTHER
}
