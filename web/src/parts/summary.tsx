// The summary of the fleet: a tile for each state, which filters the list, and how many slaves are down.

import type { SlaveView } from '../../../shared/schemas/slave.ts'
import { TILES, type TileName } from '../fleet-order.ts'
import { LOOKS, type Word } from '../project-look.ts'
import { Icon } from './icon.tsx'

interface Props {
  counts: Readonly<Record<TileName, number>>
  chosen: ReadonlySet<TileName>
  choose: (chosen: ReadonlySet<TileName>) => void
  slaves: readonly SlaveView[]
}

export function Summary({ counts, chosen, choose, slaves }: Props) {
  const toggle = (name: TileName) => {
    const next = new Set(chosen)
    if (!next.delete(name)) next.add(name)
    choose(next)
  }
  const down = slaves.filter(({ state }) => state === 'down' || state === 'refuses').length
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a grid in every browser
    <div class="sum" role="group" aria-label="Show only">
      {TILES.filter(({ name, always }) => always || counts[name] > 0).map(({ name, words }) => (
        <button
          type="button"
          key={name}
          class={`s-${LOOKS[words[0] satisfies Word].icon}${counts[name] === 0 ? ' zero' : ''}`}
          aria-pressed={chosen.has(name)}
          onClick={() => toggle(name)}
        >
          <b>
            <Icon name={LOOKS[words[0]].icon} />
            {counts[name]}
          </b>
          <span>{name}</span>
        </button>
      ))}
      <a class={down === 0 ? 's-ok zero' : 's-down'} href="#/slaves">
        <b>
          <Icon name="down" />
          {down}/{slaves.length}
        </b>
        <span>slaves down</span>
      </a>
    </div>
  )
}
