// The history of a project as charts: each shows one value over the times of its runs.

import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Run } from '../../../shared/schemas/run.ts'

const CHARTS: readonly (readonly [string, (run: Run) => number | null])[] = [
  [
    'Duration (seconds)',
    (run) =>
      run.finished_at === null
        ? null
        : (Date.parse(run.finished_at) - Date.parse(run.started_at ?? run.queued_at)) / 1000,
  ],
  [
    'Traffic (MiB)',
    (run) => (run.upstream.summary === null ? null : run.upstream.summary.bytes_transferred / 1_048_576),
  ],
  [
    'Changes (files)',
    ({ upstream: { summary } }) => (summary === null ? null : summary.added + summary.modified + summary.deleted),
  ],
]

export default function Charts({ runs }: { runs: readonly Run[] }) {
  const inOrder = [...runs]
    .filter((run) => run.finished_at !== null)
    .sort((a, b) => a.queued_at.localeCompare(b.queued_at))
  return (
    <div class="charts">
      {CHARTS.map(([title, measure]) => (
        <Chart
          key={title}
          title={title}
          times={inOrder.map((run) => Date.parse(run.queued_at) / 1000)}
          values={inOrder.map(measure)}
        />
      ))}
    </div>
  )
}

function Chart({ title, times, values }: { title: string; times: number[]; values: (number | null)[] }) {
  const place = useRef<HTMLDivElement>(null)
  const data = JSON.stringify([times, values])
  useEffect(() => {
    if (place.current === null) return
    const style = getComputedStyle(place.current)
    const axis = { stroke: style.color, grid: { stroke: 'rgba(128,128,128,0.2)' } }
    const chart = new uPlot(
      {
        title,
        width: place.current.clientWidth,
        height: 180,
        series: [
          {},
          { label: title, stroke: style.getPropertyValue('--accent').trim(), points: { show: true, size: 5 } },
        ],
        axes: [axis, axis],
        legend: { show: false },
      },
      JSON.parse(data),
      place.current,
    )
    return () => chart.destroy()
  }, [title, data])
  const known = values.filter((value) => value !== null)
  const last = known.at(-1)
  const says = `${title} of ${known.length} runs, the latest ${last === undefined ? 'unknown' : Math.round(last * 100) / 100}`
  return <div ref={place} class="chart" role="img" aria-label={says} />
}
