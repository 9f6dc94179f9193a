// The trees that an atomic project keeps, with a way back to each.

import { useEffect, useState } from 'preact/hooks'
import type { GenerationView } from '../../../shared/schemas/generation.ts'
import type { ProjectView } from '../../../shared/schemas/project.ts'
import { mayManage } from '../../../shared/schemas/roles.ts'
import { formatCount, formatSince, formatSize, formatTime, NOTHING } from '../format.ts'
import type { Page } from '../page.ts'
import { rollBackTo } from '../project-actions.ts'

export function GenerationsPanel({ page, project }: { page: Page; project: ProjectView }) {
  const generations = useGenerations(page, project)
  if (project.publish !== 'atomic' || generations.length === 0) return null
  return (
    <section class="panel" aria-labelledby="generations-head">
      <header>
        <h2 id="generations-head">Generations</h2>
        <span class="muted small">keeps {project.keep_generations}</span>
      </header>
      <table class="cards">
        <thead>
          <tr>
            <th scope="col">Generation</th>
            <th scope="col">State</th>
            <th scope="col">Published</th>
            <th scope="col" class="num">
              Size
            </th>
            <td />
          </tr>
        </thead>
        <tbody>
          {generations.map((one) => (
            <Row key={one.generation ?? 'held'} page={page} project={project} shown={one} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

interface RowProps {
  page: Page
  project: ProjectView
  shown: GenerationView
}

function Row({ page, project, shown }: RowProps) {
  const { generation, state, published_at, total_files, total_size } = shown
  const size = total_size === null ? NOTHING : `${formatSize(total_size)}, ${formatCount(total_files)} files`
  const isEarlier = state === 'kept' && generation !== null
  return (
    <tr>
      <th scope="row" class="nm">
        {generation ?? 'held'}
      </th>
      <td data-l="State">{state}</td>
      <td data-l="Published" title={formatTime(published_at)}>
        {published_at === null ? NOTHING : formatSince(published_at)}
      </td>
      <td class="num" data-l="Size">
        {size}
      </td>
      <td>
        {isEarlier && mayManage(page.session, project) && (
          <button
            type="button"
            class="b"
            aria-label={`Roll back to generation ${generation}`}
            onClick={() => rollBackTo(page, project, generation)}
          >
            Roll back…
          </button>
        )}
      </td>
    </tr>
  )
}

/** Loaded again when another generation is served or made. */
function useGenerations({ session }: Page, project: ProjectView): readonly GenerationView[] {
  const [generations, show] = useState<readonly GenerationView[]>([])
  const { id, publish, generation, published_generation, held } = project
  useEffect(() => {
    if (publish !== 'atomic') return show([])
    let isCurrent = true
    session.api.get('/list_generations', { query: { id } }).then(
      (found) => isCurrent && show(found),
      () => {},
    )
    return () => {
      isCurrent = false
    }
  }, [session, id, publish, generation, published_generation, held?.run])
  return generations
}
