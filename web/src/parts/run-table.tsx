// The runs of a project as a table: when, why, what they changed, and their logs.

import type { Run } from '../../../shared/schemas/run.ts'
import { showState } from '../../../shared/words.ts'
import { formatChanges, formatSince, formatSize, formatTime } from '../format.ts'
import { wordOfActive, wordOfEnded } from '../project-look.ts'
import { lookOf, State } from './state.tsx'

export function RunTable({ id, runs }: { id: string; runs: readonly Run[] }) {
  return (
    <section class="panel" aria-labelledby="table-head">
      <header>
        <h2 id="table-head">All runs</h2>
        <span class="muted small">the newest {runs.length}</span>
      </header>
      <table class="cards">
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">State</th>
            <th scope="col">When</th>
            <th scope="col">Started</th>
            <th scope="col" class="num">
              Changes
            </th>
            <th scope="col" class="num">
              Traffic
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => {
            const { upstream } = run
            const unchanged = upstream.state === 'unchanged'
            const word = run.finished_at === null ? wordOfActive(run) : wordOfEnded({ ...run, unchanged })
            return (
              <tr key={run.run}>
                <th scope="row" class="nm">
                  <a href={`#/project/${encodeURIComponent(id)}/log/${run.run}`}>{run.run}</a>
                </th>
                <td class="why">
                  <p>
                    <State look={lookOf(word)} />
                  </p>
                  {run.error !== null && <span class="r">{run.error.message}</span>}
                </td>
                <td data-l="When" title={formatTime(run.finished_at ?? run.queued_at)}>
                  {formatSince(run.finished_at ?? run.queued_at)}
                </td>
                <td data-l="Started">
                  {TRIGGERS[run.trigger] ?? showState(run.trigger)}
                  {run.dry_run && ' (dry run)'}
                </td>
                <td class="num">
                  {unchanged ? 'unchanged' : formatChanges(upstream.summary)}
                  {upstream.drift != null && ` (the probe missed ${upstream.drift})`}
                </td>
                <td class="num" data-l="Traffic">
                  {formatSize(upstream.summary?.bytes_transferred)}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

const TRIGGERS: Readonly<Record<string, string>> = {
  schedule: 'by schedule',
  explicit: 'by hand',
  catch_up: 'to catch up',
  rollback: 'to roll back',
}
