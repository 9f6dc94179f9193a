// A state as icon, colour and word, and progress as a bar.

import { LOOKS, type Word } from '../project-look.ts'
import type { StateLook } from '../stage-look.ts'
import { Icon } from './icon.tsx'

/** The look of a project's word. */
export const lookOf = (word: Word): StateLook => ({ word, icon: LOOKS[word].icon })

export function State({ look, pill = false }: { look: StateLook; pill?: boolean }) {
  return (
    <span class={`st s-${look.icon}${pill ? ' pill' : ''}`}>
      <Icon name={look.icon} spin={look.icon === 'running'} />
      {look.word}
    </span>
  )
}

/** A bar whose end is known; `percent` is from 0 to 100. */
export function Meter({ label, percent }: { label: string; percent: number }) {
  return (
    <span class="prog s-running">
      <span
        class="meter"
        role="progressbar"
        aria-label={label}
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <i style={{ width: `${percent}%` }} />
      </span>
    </span>
  )
}
