// The last runs of a project as bars from zero, coloured by state. A click shows the run's log.

import { useState } from 'preact/hooks'
import type { Run } from '../../../shared/schemas/run.ts'
import { formatDay } from '../format.ts'
import { LOOKS } from '../project-look.ts'
import { barsOf, formatMeasure, gridOf, MEASURES, type Measure, MOST_BARS } from '../run-bars.ts'

const WIDTH = 760
const PLOT_WIDTH = 700
const TOP = 16
const BASE = 142
const HEIGHT = 166
const LOWEST = 3
const STEP = PLOT_WIDTH / MOST_BARS

interface Props {
  id: string
  runs: readonly Run[]
  chosen: string | null
}

export function RunBars({ id, runs, chosen }: Props) {
  const [what, setWhat] = useState<Measure>('Duration')
  const bars = barsOf(runs, what)
  const grid = gridOf(Math.max(0, ...bars.map(({ value }) => value ?? 0)), what)
  const top = grid.at(-1) ?? 1
  const heightOf = (value: number | null) => Math.max(LOWEST, ((value ?? 0) / top) * (BASE - TOP))
  const left = (index: number) => PLOT_WIDTH - (bars.length - index) * STEP
  return (
    <section class="panel" id="runs" aria-labelledby="runs-head">
      <header>
        <h2 id="runs-head">Runs</h2>
        <div class="acts">
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in one line everywhere */}
          <div class="seg" role="group" aria-label="Height shows">
            {MEASURES.map((one) => (
              <button type="button" key={one} aria-pressed={what === one} onClick={() => setWhat(one)}>
                {one}
              </button>
            ))}
          </div>
        </div>
      </header>
      <div class="in">
        {bars.length === 0 ? (
          <p class="muted">No runs yet.</p>
        ) : (
          <div class="barsw">
            {/* biome-ignore lint/a11y/useSemanticElements: an svg holds links here, which an image may not */}
            <svg
              class="bars"
              viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
              role="group"
              aria-label={`${what} of the last ${bars.length} runs`}
            >
              {[0, ...grid].map((value) => {
                const y = BASE - (value / top) * (BASE - TOP)
                return (
                  <g key={value}>
                    <line x1="0" x2={PLOT_WIDTH} y1={y} y2={y} />
                    <text x={PLOT_WIDTH + 6} y={y + 4}>
                      {value === 0 ? '0' : formatMeasure(value, what)}
                    </text>
                  </g>
                )
              })}
              {bars.map(({ run, word, value, says }, index) => (
                <a
                  key={run}
                  href={`#/project/${encodeURIComponent(id)}/log/${run}`}
                  class={`s-${LOOKS[word].icon}`}
                  aria-current={chosen === run ? 'true' : undefined}
                  aria-label={says}
                >
                  <title>{says}</title>
                  <rect x={left(index)} y={8} width={STEP} height={BASE - 8} />
                  <rect
                    class="v"
                    x={left(index) + 3}
                    y={BASE - heightOf(value)}
                    width={STEP - 5}
                    height={heightOf(value)}
                    rx="1.5"
                  />
                </a>
              ))}
              {bars.map(({ run, at }, index) =>
                index > 0 && formatDay(bars[index - 1]?.at ?? '') === formatDay(at) ? null : (
                  <text key={run} x={left(index)} y={HEIGHT - 6}>
                    {isCrowded(bars, index) ? '' : formatDay(at)}
                  </text>
                ),
              )}
            </svg>
          </div>
        )}
      </div>
    </section>
  )
}

/** True when the next day's name would overlap this one. */
function isCrowded(bars: readonly { at: string }[], index: number): boolean {
  const next = bars.findIndex(({ at }, other) => other > index && formatDay(at) !== formatDay(bars[index]?.at ?? at))
  return next !== -1 && (next - index) * STEP < 44
}
