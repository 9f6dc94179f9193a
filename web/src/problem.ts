// What is wrong with a project, why it is or is not tried again, and what visitors get meanwhile: pure.

import { causeOf, type Remedy } from '../../shared/causes.ts'
import type { ProjectView } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { formatAge, formatNext, formatTime, NOTHING } from './format.ts'
import type { Word } from './project-look.ts'

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

/** What the box says; null when there is nothing to repair. `last` is the last real run, as far as it is known. */
export function problemOf(project: ProjectView, word: Word, last: Run | undefined, now = Date.now()): Problem | null {
  const facts = [
    ['Since', last === undefined ? NOTHING : formatTime(last.finished_at)],
    ['Last success', project.last_success_at === null ? 'never' : `${formatAge(project.last_success_at, now)} ago`],
    ['Next try', formatNext(project.next_run_time, now)],
  ] as const
  const said = last?.error?.message ?? project.held?.problems[0] ?? ''
  const code = word === 'held' ? 'UPSTREAM_NOT_WHOLE' : (last?.error?.code ?? '')
  const { title, why, remedies } = causeOf(code, said)
  const isLost = remedies.includes('refill')
  const visitors =
    project.last_success_at === null
      ? 'Visitors get nothing yet: there was no success so far.'
      : `${isLost ? 'The slaves still serve' : 'Visitors still get'} generation ${project.published_generation ?? project.generation}.`
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
  return { title, said, why, visitors, facts, remedies }
}
