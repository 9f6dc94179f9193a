// What is wrong with a project and what helps, above everything else on its page.

import type { Remedy } from '../../../shared/causes.ts'
import type { Line } from '../fleet-order.ts'
import { formatCount } from '../format.ts'
import type { Page } from '../page.ts'
import type { Problem } from '../problem.ts'
import { LOOKS } from '../project-look.ts'
import { Icon } from './icon.tsx'

const REMEDIES: Readonly<Record<Remedy, { label: string; icon: string }>> = {
  retry: { label: 'Retry now', icon: 'sync' },
  'edit password': { label: 'Edit password', icon: 'key' },
  'edit source': { label: 'Edit source', icon: 'gear' },
  force: { label: 'Force once', icon: 'force' },
  refill: { label: 'Fetch again', icon: 'force' },
  'publish held': { label: 'Publish anyway', icon: 'next' },
  guard: { label: 'Change guard', icon: 'gear' },
  log: { label: 'Show log', icon: 'log' },
  slaves: { label: 'Show slaves', icon: 'server' },
}

export function ProblemBox({ page, line, problem }: { page: Page; line: Line; problem: Problem }) {
  const { session, tell, fail, ask } = page
  const { project, word } = line
  const { id } = project
  const path = `#/project/${encodeURIComponent(id)}`
  const send = (what: string, request: Promise<unknown>) =>
    void request.then(
      () => tell(`${id}: ${what}`, `${path}/log`),
      (error: Error) => fail(`${id}: ${error.message}`),
    )
  const acts: Readonly<Record<Remedy, () => void>> = {
    retry: () => send('sync requested', session.api.post('/syncup', { query: { id } })),
    'edit password': () => location.assign(`${path}/settings`),
    'edit source': () => location.assign(`${path}/settings`),
    guard: () => location.assign(`${path}/settings`),
    log: () => location.assign(`${path}/log`),
    slaves: () => location.assign('#/slaves'),
    force: () =>
      ask({
        title: `Sync ${id} without its guard?`,
        text: `${problem.said} This one run passes the guard: what the upstream no longer has is deleted on the master and on all slaves, which hold ${formatCount(project.total_files)} files now.`,
        action: 'Force once',
        danger: true,
        run: () => send('forced sync requested', session.api.post('/syncup', { query: { id, force: true } })),
      }),
    refill: () =>
      ask({
        title: `Fetch ${id} again?`,
        text: `${problem.said} All of its files are fetched into the folder that is there now. If only its disk is missing, they land on the disk below.`,
        action: 'Fetch again',
        danger: true,
        run: () => send('forced sync requested', session.api.post('/syncup', { query: { id, force: true } })),
      }),
    'publish held': () =>
      ask({
        title: `Publish ${id} although it is not whole?`,
        text: `${problem.said} Visitors get the tree as it is, and may see errors until a later run publishes a whole one.`,
        action: 'Publish anyway',
        danger: true,
        run: () => send('publishing what is held', session.api.post('/publish_held', { body: { id } })),
      }),
  }
  return (
    <section class={`prob s-${LOOKS[word].icon}`} aria-labelledby="problem">
      <Icon name={LOOKS[word].icon} />
      <div class="body">
        <h2 id="problem">{problem.title}</h2>
        {problem.said !== '' && (
          <p>
            <code>{problem.said}</code>
          </p>
        )}
        <p>{problem.why}</p>
        <p class="muted">{problem.visitors}</p>
        {word === 'held' && (project.held?.problems.length ?? 0) > 1 && (
          <ul>
            {project.held?.problems.slice(1).map((one) => (
              <li key={one}>
                <code>{one}</code>
              </li>
            ))}
          </ul>
        )}
        <div class="acts">
          {problem.remedies.map((remedy, index) => (
            <button
              type="button"
              key={remedy}
              class={index === 0 ? 'b p' : 'b'}
              onClick={acts[remedy]}
              aria-label={`${REMEDIES[remedy].label} ${id}`}
            >
              <Icon name={REMEDIES[remedy].icon} />
              {REMEDIES[remedy].label}
            </button>
          ))}
        </div>
      </div>
      <dl class="facts">
        {problem.facts.map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
    </section>
  )
}

export function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  )
}
