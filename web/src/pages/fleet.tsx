// The first page: is anything wrong, since when, and what to press. All projects, trouble first.

import { useMemo, useRef, useState } from 'preact/hooks'
import { MANAGERS } from '../../../shared/schemas/roles.ts'
import { keepInAddress, readAddress } from '../address.ts'
import { noticesOf } from '../fleet-notices.ts'
import {
  countNeeds,
  countTiles,
  filterLines,
  type Item,
  linesOf,
  orderLines,
  SORTS,
  type Sort,
  TILES,
  type TileName,
} from '../fleet-order.ts'
import { useHistories } from '../histories.ts'
import type { Page } from '../page.ts'
import { AddProject } from '../parts/add-project.tsx'
import { BulkBar } from '../parts/bulk-bar.tsx'
import { Icon } from '../parts/icon.tsx'
import { NotYet } from '../parts/lost.tsx'
import { Menu } from '../parts/menu.tsx'
import { Notices } from '../parts/notices.tsx'
import { ProjectLine } from '../parts/project-line.tsx'
import { Rows } from '../parts/rows.tsx'
import { Summary } from '../parts/summary.tsx'
import { actionsOf } from '../project-actions.ts'
import { LOOKS } from '../project-look.ts'
import { SHORTCUTS, useShortcuts } from '../shortcuts.ts'
import { keyOf, useSteadyOrder } from '../steady.ts'

const COLUMNS = ['', 'Project', 'State', 'Last 20 runs', 'Last success', 'Next run', 'Size', 'Slaves', 'Actions']
const WIDTHS = [44, 170, undefined, 134, 94, 82, 76, 130, 130]
const HEAD_PX = 32
const ROW_PX = 36
const TWO_LINES_PX = 46

/** As the styles have it: healthy projects are one line, all others two. */
const HEIGHTS = (item: Item) =>
  'head' in item ? HEAD_PX : LOOKS[item.line.word].group === 'Healthy' ? ROW_PX : TWO_LINES_PX

/** The tiles that the address names, so that a filter survives a reload and can be shared. */
function chosenInAddress(): ReadonlySet<TileName> {
  const named = (readAddress(location.hash).query.get('state') ?? '').split(',')
  return new Set(TILES.map(({ name }) => name).filter((name) => named.includes(name)))
}

export function FleetPage({ page }: { page: Page }) {
  const { fleet, session } = page
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(chosenInAddress)
  const [sort, setSort] = useState<Sort>('Trouble first')
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [adding, setAdding] = useState(false)
  const [pointing, setPointing] = useState(false)
  const search = useRef<HTMLInputElement>(null)
  const table = useRef<HTMLTableElement>(null)
  useHistories(page.histories)

  const lines = useMemo(() => linesOf(fleet.projects.values(), fleet.active), [fleet.projects, fleet.active])
  const shown = useMemo(() => filterLines(lines, chosen, text), [lines, chosen, text])
  const ordered = useMemo(() => orderLines(shown, sort), [shown, sort])
  const items = useSteadyOrder(ordered, pointing || selected.size > 0, `${sort} ${text} ${[...chosen]}`)
  const choose = (next: ReadonlySet<TileName>) => {
    setChosen(next)
    keepInAddress('state', [...next].join())
  }
  const clearFilter = () => {
    setText('')
    choose(new Set())
  }
  const select = (id: string, on: boolean) => {
    const next = new Set(selected)
    if (on) next.add(id)
    else next.delete(id)
    setSelected(next)
  }
  const needs = countNeeds(lines)
  document.title = `${needs > 0 ? `(${needs}) ` : ''}Projects · Mirrorfleet`

  useShortcuts((key) => {
    const rows = [...(table.current?.querySelectorAll<HTMLElement>('tr[data-id]') ?? [])]
    const now = rows.findIndex((row) => row.contains(document.activeElement))
    const line = shown.find(({ project }) => project.id === rows[now]?.dataset.id)
    const focusRow = (index: number) => rows[Math.max(0, Math.min(rows.length - 1, index))]?.querySelector('a')?.focus()
    const actions = line === undefined ? undefined : actionsOf(page, line)
    const act: Record<string, (() => void) | undefined> = {
      '/': () => search.current?.focus(),
      j: () => focusRow(now + 1),
      k: () => focusRow(now - 1),
      x: line && (() => select(line.project.id, !selected.has(line.project.id))),
      s: actions?.sync.unavailable === undefined ? actions?.sync.act : undefined,
      d: actions?.dryRun.unavailable === undefined ? actions?.dryRun.act : undefined,
      l: line && (() => location.assign(`#/project/${encodeURIComponent(line.project.id)}/log`)),
      e: line && (() => location.assign(`#/project/${encodeURIComponent(line.project.id)}/settings`)),
      '?': () => page.tell(SHORTCUTS.map(([one, does]) => `${one}: ${does}`).join(' · ')),
    }
    act[key]?.()
    return act[key] !== undefined
  })

  return (
    <div class="fleet stack">
      <h1 class="vh">Projects</h1>
      <Summary counts={countTiles(lines)} chosen={chosen} choose={choose} slaves={fleet.slaves} />
      <Notices notices={noticesOf(fleet)} />
      {adding && <AddProject page={page} done={() => setAdding(false)} />}
      <section class="panel" aria-label="Projects">
        {selected.size > 0 ? (
          <BulkBar page={page} ids={selected} clear={() => setSelected(new Set())} />
        ) : (
          <div class="bar">
            <div class="search">
              <Icon name="search" />
              <input
                type="search"
                ref={search}
                value={text}
                placeholder="Find a project"
                aria-label="Find a project or host"
                aria-keyshortcuts="/"
                onInput={(event) => setText(event.currentTarget.value)}
              />
            </div>
            <span class="muted small wo" role="status">
              {shown.length === fleet.projects.size
                ? `${shown.length} projects`
                : `${shown.length} of ${fleet.projects.size} projects`}
            </span>
            <div class="acts">
              <Menu
                label={`Order: ${sort}`}
                class="b q wo"
                groups={[SORTS.map((one) => ({ label: one, act: () => setSort(one) }))]}
              >
                {sort}
                <Icon name="caret" />
              </Menu>
              {MANAGERS.includes(session.role) && (
                <button
                  type="button"
                  class={adding ? 'b' : 'b p'}
                  onClick={() => setAdding(!adding)}
                  aria-expanded={adding}
                >
                  <Icon name="plus" />
                  Add a project
                </button>
              )}
            </div>
          </div>
        )}
        <Nothing page={page} shown={shown.length} clear={clearFilter} />
        {shown.length > 0 && (
          <table
            class="cards"
            ref={table}
            aria-rowcount={items.length + 1}
            onPointerEnter={() => setPointing(true)}
            onPointerLeave={() => setPointing(false)}
          >
            <colgroup>
              {WIDTHS.map((width, index) => (
                <col key={COLUMNS[index]} width={width} />
              ))}
            </colgroup>
            <thead>
              <tr>
                <th class="wo pick">
                  <input
                    type="checkbox"
                    aria-label="Select all shown"
                    checked={shown.length > 0 && shown.every(({ project }) => selected.has(project.id))}
                    onChange={(event) =>
                      setSelected(new Set(event.currentTarget.checked ? shown.map(({ project }) => project.id) : []))
                    }
                  />
                </th>
                {COLUMNS.slice(1).map((name) => (
                  <th
                    scope="col"
                    key={name}
                    class={name === 'Size' ? 'num' : name === 'Last 20 runs' ? 'wo' : undefined}
                  >
                    {name === 'Actions' ? <span class="vh">{name}</span> : name}
                  </th>
                ))}
              </tr>
            </thead>
            <Rows
              items={items}
              keyOf={keyOf}
              heightOf={HEIGHTS}
              columns={COLUMNS.length}
              draw={(item, index) =>
                'head' in item ? (
                  <tr class="g" key={`head ${item.head}`}>
                    <th colSpan={COLUMNS.length} scope="rowgroup">
                      {item.head}
                      <span>
                        {item.count} {item.count === 1 ? 'project' : 'projects'}
                      </span>
                    </th>
                  </tr>
                ) : (
                  <ProjectLine
                    key={item.line.project.id}
                    page={page}
                    line={item.line}
                    index={index}
                    selected={selected.has(item.line.project.id)}
                    select={(on) => select(item.line.project.id, on)}
                  />
                )
              }
            />
          </table>
        )}
      </section>
    </div>
  )
}

function Nothing({ page: { fleet, session }, shown, clear }: { page: Page; shown: number; clear: () => void }) {
  if (shown > 0) return null
  if (!fleet.loaded) return <NotYet lost={fleet.lost} />
  if (fleet.projects.size > 0)
    return (
      <p class="in acts">
        No project is like that.
        <button type="button" class="b s" onClick={clear}>
          Clear filter
        </button>
      </p>
    )
  const mayAdd = MANAGERS.includes(session.role)
  return <p class="in">No projects yet.{mayAdd && ' “Add a project” mirrors the first one.'}</p>
}
