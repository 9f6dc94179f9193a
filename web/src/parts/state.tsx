// A state as a symbol, a word and a colour, and progress as a bar.

import type { Progress } from '../../../shared/schemas/run.ts'
import { showProgress, showState } from '../../../shared/words.ts'
import { type AnyState, STATES } from '../states.ts'

export function State({ name }: { name: AnyState }) {
  const { symbol, tone } = STATES[name]
  return (
    <span class={`state ${tone}`}>
      <span aria-hidden="true">{symbol}</span> {showState(name)}
    </span>
  )
}

export function Bar({ label, progress }: { label: string; progress: Progress | null }) {
  const percent = Math.floor(progress?.percent ?? 0)
  const detail = progress === null ? '' : showProgress(progress)
  return (
    <div class="bar" title={detail}>
      <progress aria-label={label} value={percent} max={100} />
      <span>
        {percent} % {detail}
      </span>
    </div>
  )
}
