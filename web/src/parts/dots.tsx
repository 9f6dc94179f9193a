// All slaves of a project in one cell: a dot for each, and how many are current.

import type { Run } from '../../../shared/schemas/run.ts'
import type { SlaveView } from '../../../shared/schemas/slave.ts'
import { countCurrent, type DotState, describeDots, dotsOf } from '../slave-dots.ts'

const CLASSES: Readonly<Record<DotState, string>> = { current: '', behind: 'l', down: 'x', pulling: 'w', never: 'o' }
/** More than these are shown as one bar. */
const MOST_DOTS = 16

export function Dots({
  slaves,
  project,
  run,
}: {
  slaves: readonly SlaveView[]
  project: string
  run: Run | undefined
}) {
  if (slaves.length === 0) return <span class="muted">none</span>
  const dots = dotsOf(slaves, project, run)
  const current = countCurrent(slaves, project)
  const says = describeDots(slaves, project, dots)
  return (
    <span class="dots" role="img" title={says} aria-label={says}>
      {dots.length > MOST_DOTS ? (
        <span class="meter s-ok">
          <i style={{ width: `${(100 * current) / slaves.length}%` }} />
        </span>
      ) : (
        dots.map(({ id, state }) => <i key={id} class={CLASSES[state]} />)
      )}
      <b>
        {current}/{slaves.length}
      </b>
    </span>
  )
}
