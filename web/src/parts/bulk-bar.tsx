// What can be done with all selected projects at once; the result is told in one sentence.

import type { Page } from '../page.ts'
import { Icon } from './icon.tsx'

export function BulkBar({ page, ids, clear }: { page: Page; ids: ReadonlySet<string>; clear: () => void }) {
  const { session, tell, fail, ask } = page
  const query = (id: string) => ({ query: { id } })
  const act = (done: string, send: (id: string) => Promise<unknown>) => async () => {
    const results = await Promise.all(
      [...ids].map((id) =>
        send(id).then(
          () => null,
          (error: Error) => `${id}: ${error.message}`,
        ),
      ),
    )
    const failed = results.filter((result) => result !== null)
    const text = `${done} for ${ids.size - failed.length} of ${ids.size}`
    if (failed.length === 0) tell(text)
    else fail(`${text}; ${failed.join('; ')}`)
    clear()
  }
  const disable = act('Disabled', (id) => session.api.post('/disable_project', query(id)))
  return (
    <div class="bar bulk">
      <b>{ids.size} selected</b>
      <button type="button" class="b" onClick={act('Sync requested', (id) => session.api.post('/syncup', query(id)))}>
        <Icon name="sync" />
        Sync
      </button>
      <button
        type="button"
        class="b"
        onClick={act('Dry run requested', (id) => session.api.post('/syncup', { query: { id, dry_run: true } }))}
      >
        Dry run
      </button>
      <button
        type="button"
        class="b"
        onClick={() =>
          ask({
            title: `Disable ${ids.size} ${ids.size === 1 ? 'project' : 'projects'}?`,
            text: 'Their schedules stop. What is served stays, and you can still sync them by hand.',
            action: 'Disable',
            run: () => void disable(),
          })
        }
      >
        <Icon name="disabled" />
        Disable
      </button>
      <button type="button" class="b" onClick={act('Enabled', (id) => session.api.post('/enable_project', query(id)))}>
        <Icon name="play" />
        Enable
      </button>
      <button type="button" class="b q ml" onClick={clear}>
        Clear
      </button>
    </div>
  )
}
