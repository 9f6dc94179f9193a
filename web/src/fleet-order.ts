// Which projects the fleet page lists, and in which order: pure. Trouble comes first, the longest first.

import type { ProjectView } from '../../shared/schemas/project.ts'
import type { Run } from '../../shared/schemas/run.ts'
import { showSource } from '../../shared/show-source.ts'
import { GROUPS, type Group, LOOKS, type Word, wordOf } from './project-look.ts'

/** The tiles of the summary, worst first, and the words that each counts. */
export const TILES = [
  { name: 'stuck', words: ['stuck'], always: false },
  { name: 'failed', words: ['failed'], always: true },
  { name: 'blocked', words: ['blocked'], always: true },
  { name: 'held', words: ['held'], always: true },
  { name: 'waiting', words: ['waiting', 'interrupted'], always: true },
  { name: 'queued', words: ['queued'], always: false },
  { name: 'partial', words: ['partial'], always: true },
  { name: 'running', words: ['running', 'to slaves', 'publishing'], always: true },
  { name: 'ok', words: ['ok', 'unchanged'], always: true },
] as const satisfies readonly { name: string; words: readonly Word[]; always: boolean }[]
export type TileName = (typeof TILES)[number]['name']

export interface Line {
  project: ProjectView
  run: Run | undefined
  word: Word
}

/** A head, or a project's line. */
export type Item = { head: Group; count: number } | { line: Line }

export function linesOf(projects: Iterable<ProjectView>, active: ReadonlyMap<string, Run>, now = Date.now()): Line[] {
  return [...projects].map((project) => {
    const run = active.get(project.id)
    return { project, run, word: wordOf(project, run, undefined, now) }
  })
}

/** How many lines each tile counts. */
export function countTiles(lines: readonly Line[]): Record<TileName, number> {
  const counts = Object.fromEntries(TILES.map(({ name }) => [name, 0])) as Record<TileName, number>
  for (const { word } of lines) {
    const tile = TILES.find(({ words }) => (words as readonly Word[]).includes(word))
    if (tile !== undefined) counts[tile.name] += 1
  }
  return counts
}

/** How many projects wait for a person. */
export function countNeeds(lines: readonly Line[]): number {
  return lines.filter(({ word }) => LOOKS[word].group === GROUPS[0]).length
}

/** Those that the chosen tiles count (all when none is chosen) and whose id, host or state contains the text. */
export function filterLines(lines: readonly Line[], chosen: ReadonlySet<TileName>, text: string): Line[] {
  const wanted = text.trim().toLowerCase()
  const words: readonly Word[] = TILES.filter(({ name }) => chosen.has(name)).flatMap((tile) => [...tile.words])
  return lines.filter(
    ({ project, word }) =>
      (chosen.size === 0 || words.includes(word)) &&
      `${project.id} ${project.rsync_host || showSource(project)} ${word}`.toLowerCase().includes(wanted),
  )
}

export const SORTS = ['Trouble first', 'Name', 'Size', 'Last success', 'Next run'] as const
export type Sort = (typeof SORTS)[number]

/** The lines in the order of the page, with a head before each group when trouble comes first. */
export function orderLines(lines: readonly Line[], sort: Sort): Item[] {
  if (sort !== 'Trouble first') return [...lines].sort(COMPARE[sort]).map((line) => ({ line }))
  return GROUPS.flatMap((group): Item[] => {
    const members = lines.filter(({ word }) => LOOKS[word].group === group)
    if (members.length === 0) return []
    const byTrouble = group === 'Needs you' || group === 'In progress or recovering'
    const sorted = members.sort(byTrouble ? longestTroubleFirst : COMPARE.Name)
    return [{ head: group, count: members.length }, ...sorted.map((line) => ({ line }))]
  })
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
const byName = (a: Line, b: Line) => byText(a.project.id, b.project.id)
const COMPARE: Readonly<Record<Exclude<Sort, 'Trouble first'>, (a: Line, b: Line) => number>> = {
  Name: byName,
  Size: (a, b) => (b.project.total_size ?? -1) - (a.project.total_size ?? -1) || byName(a, b),
  'Last success': (a, b) => byText(a.project.last_success_at ?? '', b.project.last_success_at ?? '') || byName(a, b),
  // Those without a next run come last.
  'Next run': (a, b) => byText(a.project.next_run_time ?? '~', b.project.next_run_time ?? '~') || byName(a, b),
}

/** What has gone without a success for longest has been in trouble for longest. */
function longestTroubleFirst(a: Line, b: Line): number {
  return COMPARE['Last success'](a, b)
}
