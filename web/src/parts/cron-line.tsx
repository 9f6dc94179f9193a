// One line of a crontab that stands for a schedule, and follows it.

import { useState } from 'preact/hooks'
import { readCronLine } from '../../../shared/cron/cron-line.ts'
import { showCronLine } from '../../../shared/cron/show-cron-line.ts'
import { Icon } from './icon.tsx'
import type { ScheduleFields } from './schedule-editor.tsx'

/** What a line means as a schedule, or what is wrong with it. */
function read(line: string): { schedule: ScheduleFields } | { problem: string } {
  try {
    const { schedule, eitherDay, rest } = readCronLine(line)
    if (rest.trim() !== '') return { problem: 'Give the five time fields only, without a command.' }
    if (eitherDay) return { problem: 'Give a day or a weekday: cron would run on both, a schedule on neither alone.' }
    return { schedule }
  } catch (error) {
    const [, what] = /^its (.*)$/s.exec(error instanceof Error ? error.message : '') ?? []
    return { problem: `The ${what ?? 'line is not one that cron takes'}.` }
  }
}

export function CronLine({
  value,
  onChange,
}: {
  value: ScheduleFields
  onChange: (change: () => ScheduleFields) => void
}) {
  /** What is being typed, as long as it means what is set. */
  const [typed, setTyped] = useState<string | null>(null)
  const said = typed === null ? null : read(typed)
  const isCurrent = said !== null && ('problem' in said || JSON.stringify(said.schedule) === JSON.stringify(value))
  const problem = isCurrent && 'problem' in said && typed !== '' ? said.problem : null
  const set = (line: string) => {
    setTyped(line)
    const found = read(line)
    if ('schedule' in found) onChange(() => found.schedule)
    else if (line.trim() === '') onChange(() => ({}))
  }
  return (
    <div class="f c6">
      <label for="cron-line">Cron line</label>
      <input
        id="cron-line"
        class="mono"
        value={isCurrent ? (typed ?? '') : (showCronLine(value) ?? '')}
        autocomplete="off"
        placeholder={Object.keys(value).length > 0 ? 'cron has no line for these fields' : 'by hand only'}
        aria-invalid={problem !== null}
        aria-describedby="cron-line-about"
        onInput={(event) => set(event.currentTarget.value)}
      />
      <span id="cron-line-about" class={problem === null ? 'h' : 'e'}>
        {problem !== null && <Icon name="failed" />}
        {problem ?? 'minute, hour, day, month, weekday as in a crontab: 0 and 7 are Sunday'}
      </span>
    </div>
  )
}
