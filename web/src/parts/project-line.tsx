// One project in the list: its state with the reason, its last runs, its slaves, and the action that helps now.

import { useEffect } from 'preact/hooks'
import { mayManage } from '../../../shared/schemas/roles.ts'
import type { Line } from '../fleet-order.ts'
import { formatAge, formatNext, formatSize, formatTime } from '../format.ts'
import type { Page } from '../page.ts'
import { actionsOf } from '../project-actions.ts'
import { LOOKS, percentOf, tell } from '../project-look.ts'
import { Dots } from './dots.tsx'
import { Icon } from './icon.tsx'
import { Menu } from './menu.tsx'
import { lookOf, Meter, State } from './state.tsx'
import { Strip } from './strip.tsx'

interface Props {
  page: Page
  line: Line
  index: number
  selected: boolean
  select: (on: boolean) => void
}

export function ProjectLine({ page, line, index, selected, select }: Props) {
  const { fleet, histories, session } = page
  const { project, run, word } = line
  const { id } = project
  const mark = `${project.last_run?.run} ${project.last_run?.finished_at}`
  useEffect(() => histories.want(id, mark), [histories, id, mark])
  const history = histories.of(id)
  const newest = history.find((one) => one.run === project.last_run?.run)
  const shown = word === 'ok' && newest?.unchanged ? 'unchanged' : word
  const { detail, reason } = tell(project, shown, run, history)
  const { first, menu } = actionsOf(page, line, newest?.error)
  const percent = run === undefined ? null : percentOf(word, run)
  return (
    <tr class={LOOKS[word].group === 'Healthy' ? 'k' : ''} data-id={id} aria-rowindex={index + 2}>
      <td class="wo pick">
        <input
          type="checkbox"
          aria-label={`Select ${id}`}
          checked={selected}
          onChange={(event) => select(event.currentTarget.checked)}
        />
      </td>
      <th scope="row" class="nm">
        <a class="n" href={`#/project/${encodeURIComponent(id)}`} title={id}>
          {id}
        </a>
      </th>
      <td class="why">
        <p>
          <State look={lookOf(shown)} />
          {percent !== null && <Meter label={`Progress of ${id}`} percent={percent} />}
          {detail !== '' && <em>{detail}</em>}
        </p>
        {reason !== '' && (
          <span class="r" title={reason}>
            {reason}
          </span>
        )}
      </td>
      <td class="wo">
        <Strip project={id} history={history} />
      </td>
      <td data-l="Last" title={formatTime(project.last_success_at)}>
        {formatAge(project.last_success_at)}
      </td>
      <td data-l="Next" title={formatTime(project.next_run_time)}>
        {formatNext(project.next_run_time)}
      </td>
      <td class="num" title={project.total_size === null ? '' : `${project.total_size} bytes`}>
        {formatSize(project.total_size)}
      </td>
      <td>
        <Dots slaves={fleet.slaves} project={id} run={run} />
      </td>
      <td class="go">
        {mayManage(session, project) && (
          <button type="button" class="b s" onClick={first.act} aria-label={`${first.label} ${id}`}>
            {first.label}
          </button>
        )}
        <Menu label={`More for ${id}`} groups={menu}>
          <Icon name="dots" />
        </Menu>
      </td>
    </tr>
  )
}
