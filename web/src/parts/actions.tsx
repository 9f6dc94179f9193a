// The actions on a project: sync, dry run, stop, enable, disable, roll back. Those that are not allowed are disabled.

import type { ProjectView } from '../../../shared/schemas/project.ts'
import { mayManage } from '../../../shared/schemas/roles.ts'
import type { Run } from '../../../shared/schemas/run.ts'
import type { Page } from '../page.ts'
import type { Question } from './confirm.tsx'

interface Props {
  page: Page
  project: ProjectView
  run: Run | undefined
  ask: (question: Question) => void
}

export function Actions({ page, project, run, ask }: Props) {
  const { session, tell } = page
  const { id } = project
  const isAllowed = mayManage(session, project)
  const act = (what: string, request: () => Promise<unknown>) => () =>
    void request().then(
      (answer) => tell(`${id}: ${what}${Object(answer).running ? '; it follows the run under way' : ''}`),
      (error: Error) => tell(`${id}: ${error.message}`),
    )
  const sync = (dry_run: boolean) => session.api.post('/syncup', { query: { id, dry_run } })
  const query = { query: { id } }
  const rollBack = () =>
    ask({
      title: `Roll ${id} back?`,
      text: `The master and all slaves will serve the tree that came before generation ${project.published_generation}. The schedule stays active, and its next run publishes the newest tree again. To stay on the older tree, disable the project first.`,
      action: 'Roll back',
      run: act('rollback requested', () => session.api.post('/rollback_project', { body: { id } })),
    })
  const disable = () =>
    ask({
      title: `Disable ${id}?`,
      text: 'Its schedule stops. You can still sync it by hand.',
      action: 'Disable',
      run: act('disabled', () => session.api.post('/disable_project', query)),
    })
  const button = (label: string, onClick: () => void, enabled = true) => (
    <button type="button" disabled={!isAllowed || !enabled} onClick={onClick} aria-label={`${label} ${id}`}>
      {label}
    </button>
  )
  return (
    <fieldset class="actions" aria-label={`Actions for ${id}`}>
      {button(
        'Sync',
        act('sync requested', () => sync(false)),
      )}
      {button(
        'Dry run',
        act('dry run requested', () => sync(true)),
      )}
      {button(
        'Stop',
        act('stopped', () => session.api.post('/stop_run', { body: { run: run?.run ?? '' } })),
        run !== undefined,
      )}
      {project.enabled
        ? button('Disable', disable)
        : button(
            'Enable',
            act('enabled', () => session.api.post('/enable_project', query)),
          )}
      {button('Roll back', rollBack, project.publish === 'atomic' && run === undefined)}
    </fieldset>
  )
}
