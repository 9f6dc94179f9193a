// What is wrong with a project, why it is or is not tried again, and what visitors get meanwhile: pure.

import type { ProjectView } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { formatAge, formatNext, formatTime, NOTHING } from './format.ts'
import type { Word } from './project-look.ts'

/** What helps, the likeliest first. */
export type Remedy = 'retry' | 'edit password' | 'edit source' | 'force' | 'publish held' | 'guard' | 'log' | 'slaves'

export interface Problem {
  title: string
  /** What the machine itself said. */
  said: string
  /** Why it is or is not tried again. */
  why: string
  /** What visitors get meanwhile. */
  visitors: string
  facts: readonly (readonly [string, string])[]
  remedies: readonly Remedy[]
}

interface Cause {
  matches: RegExp | string
  title: string
  why: string
  remedies: readonly Remedy[]
}

/** By the error's code, or by what the source said; the first that matches. */
const CAUSES: readonly Cause[] = [
  {
    matches: 'DELETE_GUARD',
    title: 'Too many files would be deleted',
    why: 'Nothing was deleted. Each run asks again, until the upstream has its files back, or the guard is passed once.',
    remedies: ['force', 'guard', 'log'],
  },
  {
    matches: 'TREE_MISSING',
    title: 'The folder is empty, but held files before',
    why: 'Is its disk mounted? Nothing is fetched before that is clear, or the disk below would be filled.',
    remedies: ['retry', 'force', 'log'],
  },
  {
    matches: 'UPSTREAM_EMPTY',
    title: 'The upstream is empty',
    why: 'An empty upstream is not taken for a first copy.',
    remedies: ['edit source', 'retry', 'log'],
  },
  {
    matches: 'UPSTREAM_NOT_WHOLE',
    title: 'The upstream is not whole',
    why: 'Each run fetches what is missing, and publishes once everything is there.',
    remedies: ['retry', 'publish held', 'log'],
  },
  {
    matches: 'DISK_FULL',
    title: 'The disk of this project is full',
    why: 'It is tried again when there is room.',
    remedies: ['retry', 'log'],
  },
  {
    matches: /auth failed|password/i,
    title: 'The upstream refused the password',
    why: 'It is not retried, because only another password helps.',
    remedies: ['edit password', 'log'],
  },
  {
    matches: /unknown module|no such file or directory|chdir failed/i,
    title: 'The upstream has no such module or folder',
    why: 'It is not retried, because only another source helps.',
    remedies: ['edit source', 'log'],
  },
  {
    matches: /name or service|resolve|refused|timed out|unreachable|no route|connection|max connections/i,
    title: 'The upstream cannot be reached',
    why: 'Each run tries again several times, with growing pauses.',
    remedies: ['retry', 'edit source', 'log'],
  },
]
const OTHER: Cause = { matches: '', title: 'The last run failed', why: '', remedies: ['retry', 'log'] }

/** What the box says; null when there is nothing to repair. `last` is the last real run, as far as it is known. */
export function problemOf(project: ProjectView, word: Word, last: Run | undefined, now = Date.now()): Problem | null {
  const facts = [
    ['Since', last === undefined ? NOTHING : formatTime(last.finished_at)],
    ['Last success', project.last_success_at === null ? 'never' : `${formatAge(project.last_success_at, now)} ago`],
    ['Next try', formatNext(project.next_run_time, now)],
  ] as const
  const visitors =
    project.last_success_at === null
      ? 'Visitors get nothing yet: there was no success so far.'
      : `Visitors still get generation ${project.published_generation ?? project.generation}.`
  if (word === 'stuck') {
    const [title, why] = ['No master carries this project', 'Give it to another master, or start its own again.']
    return { title, said: project.stuck ?? '', why, visitors, facts, remedies: ['edit source'] }
  }
  if (word === 'partial') {
    return {
      title: 'Some slaves are behind',
      said: last?.error?.message ?? '',
      why: 'A slave catches up by itself as soon as it can.',
      visitors: 'Visitors of the other slaves get the newest tree.',
      facts,
      remedies: ['slaves', 'log'],
    }
  }
  if (word !== 'failed' && word !== 'blocked' && word !== 'held') return null
  const said = last?.error?.message ?? project.held?.problems[0] ?? ''
  const code = word === 'held' ? 'UPSTREAM_NOT_WHOLE' : (last?.error?.code ?? '')
  const { title, why, remedies } =
    CAUSES.find(({ matches }) => (typeof matches === 'string' ? matches === code : matches.test(said))) ?? OTHER
  return { title, said, why, visitors, facts, remedies }
}
