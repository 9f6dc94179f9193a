// Fleet-wide trouble: two notices at most, then how many more there are.

import type { Notice } from '../fleet-notices.ts'
import { Icon } from './icon.tsx'

const MOST_SHOWN = 2

export function Notices({ notices }: { notices: readonly Notice[] }) {
  if (notices.length === 0) return null
  const more = notices.length - MOST_SHOWN
  return (
    <div class="notes" role="status">
      {notices.slice(0, MOST_SHOWN).map(({ icon, hue, title, text, href, link }) => (
        <div class={`note ${hue}`} key={title}>
          <Icon name={icon} />
          <p>
            <b>{title}</b>
            {text} <a href={href}>{link}</a>
          </p>
        </div>
      ))}
      {more > 0 && (
        <p class="muted small">
          and <a href="#/slaves">{more} more</a>
        </p>
      )}
    </div>
  )
}
