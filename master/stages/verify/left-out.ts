// Tells which names a project does not mirror, by its own options: they are not missing. Pure.

import { checkOptions } from '../../../shared/rsync/options.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import { createNameFilter } from '../../../shared/trees/name-filter.ts'
import type { NameFilter } from '../../../shared/trees/source.ts'
import { layoutOf } from '../../layouts/layouts.ts'
import { firstHopOptions } from '../../records/first-hop.ts'

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1, m: 2, g: 3, t: 4, p: 5 }

/** True for a name that an `--exclude` or a filter hides from the project, or whose size its options skip. */
export function createLeftOut(
  project: Pick<StoredProject, 'rsync_options' | 'filters' | 'layout'>,
): (name: string, size: number | null) => boolean {
  const { words } = checkOptions(firstHopOptions(project))
  const given = (option: string): string | undefined =>
    words.find((word) => word.startsWith(`--${option}=`))?.slice(option.length + 3)
  const [most, least] = [readSize(given('max-size')), readSize(given('min-size'))]
  const takes = createNameFilter([
    ...layoutOf(project).passing.map((exclude) => ({ exclude })),
    ...words.flatMap(toFilter),
  ])
  return (name, size) =>
    !takes(name, false) || (size !== null && ((most !== null && size > most) || (least !== null && size < least)))
}

function toFilter(word: string): NameFilter[] {
  const [, hides, pattern] = /^--(exclude=|filter=(?:hide|H) )(.*)$/.exec(word) ?? []
  if (hides !== undefined && pattern !== undefined) return [{ exclude: pattern }]
  const [, shows, shown] = /^--(include=|filter=(?:show|S) )(.*)$/.exec(word) ?? []
  return shows !== undefined && shown !== undefined ? [{ include: shown }] : []
}

/** Sizes as rsync reads them: `10m` is of 1024, `10mb` of 1000; `+1` and `-1` at the end move them by a byte. */
function readSize(text: string | undefined): number | null {
  const [, digits, unit = '', binary, shift = '0'] = /^([\d.]+)([bkmgtp]?)(i?b)?([+-]1)?$/i.exec(text ?? '') ?? []
  if (digits === undefined) return null
  const power = UNITS[unit.toLowerCase()] ?? 1
  const bytes = unit === '' || unit.toLowerCase() === 'b' ? 1 : (/^b$/i.test(binary ?? '') ? 1000 : 1024) ** power
  return Math.floor(Number(digits) * bytes) + Number(shift)
}
