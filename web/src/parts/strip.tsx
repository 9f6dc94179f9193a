// The last twenty runs of a project as small bars, walked with the arrow keys.

import { useState } from 'preact/hooks'
import type { RunBrief } from '../../../shared/schemas/run-brief.ts'
import { LOOKS, type Word } from '../project-look.ts'
import { BAR_STEP, STRIP_BARS, STRIP_HEIGHT, sayStrip, stripOf } from '../run-strip.ts'

const WIDTH = STRIP_BARS * BAR_STEP - 2
const CLASSES: Readonly<Record<string, string>> = {
  failed: 'F',
  stuck: 'F',
  blocked: 'B',
  held: 'B',
  partial: 'P',
  waiting: 'P',
  unchanged: 'U',
  running: 'R',
  queued: 'R',
  disabled: 'N',
}
const classOf = (word: Word | null) => (word === null ? 'N' : CLASSES[LOOKS[word].icon])

export function Strip({ project, history }: { project: string; history: readonly RunBrief[] }) {
  const [at, setAt] = useState<number | null>(null)
  const bars = stripOf(history)
  const chosen = at === null ? undefined : bars[at]
  const href = `#/project/${encodeURIComponent(project)}`
  const walk = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0
    if (step === 0) return
    event.preventDefault()
    setAt(Math.min(STRIP_BARS - 1, Math.max(0, (at ?? STRIP_BARS) + step)))
  }
  return (
    <a
      class="strip"
      href={chosen?.run ? `${href}/log/${chosen.run}` : href}
      title={chosen?.says || sayStrip(bars)}
      onKeyDown={walk}
      onBlur={() => setAt(null)}
      onPointerMove={(event) => setAt(Math.min(STRIP_BARS - 1, Math.max(0, Math.floor(event.offsetX / BAR_STEP))))}
      onPointerLeave={() => setAt(null)}
    >
      <span class="vh">
        Runs of {project}. {chosen?.says || sayStrip(bars)}
      </span>
      <svg viewBox={`0 0 ${WIDTH} ${STRIP_HEIGHT}`} aria-hidden="true">
        {bars.map(({ word, height }, index) => (
          <path
            key={index}
            class={classOf(word)}
            d={`M${2 + index * BAR_STEP} ${STRIP_HEIGHT}v${-height}`}
            opacity={at === null || at === index ? undefined : 0.5}
          />
        ))}
      </svg>
    </a>
  )
}
