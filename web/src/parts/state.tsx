// A state as a symbol, a word and a colour; and how far something is, as a bar.

import type { Progress } from '../../../shared/schemas/run.ts'
import { showSize, showSpan } from '../../../shared/words.ts'
import { STATE_SYMBOLS, tone } from '../words.ts'

export function State({ name }: { name: string }) {
  return (
    <span class={`state ${tone(name)}`}>
      <span aria-hidden="true">{STATE_SYMBOLS[name] ?? '•'}</span> {name.replace('_', ' ')}
    </span>
  )
}

export function Bar({ label, progress }: { label: string; progress: Progress | null }) {
  const percent = Math.floor(progress?.percent ?? 0)
  const detail = progress === null ? '' : `${showSize(progress.rate)}/s, ${showSpan(progress.eta_s)} left`
  return (
    <div class="bar" title={detail}>
      <progress aria-label={label} value={percent} max={100} />
      <span>
        {percent} % {detail}
      </span>
    </div>
  )
}
