// The bar above every page: where one can go, whether what is shown is live, and who is logged in.

import { formatClock } from '../format.ts'
import type { Page } from '../page.ts'
import { Icon } from './icon.tsx'
import { Menu } from './menu.tsx'

interface Props {
  page: Page
  current: string
  now: number
  onLogOut: () => void
}

export function TopBar({ page: { session, fleet }, current, now, onLogOut }: Props) {
  const down =
    fleet.slaves.filter(({ state }) => state === 'down' || state === 'refuses').length +
    fleet.masters.filter(({ state }) => state === 'down').length
  const here = { project: '', masters: 'slaves' }[current] ?? current
  const link = (to: string, icon: string, label: string, badge = 0) => (
    <a href={`#/${to}`} aria-current={here === to ? 'page' : undefined}>
      <Icon name={icon} />
      {label}
      {badge > 0 && (
        <span class="badge s-down">
          {badge}
          <span class="vh"> down</span>
        </span>
      )}
    </a>
  )
  return (
    <header class="top">
      <a class="brand" href="#/" aria-label="Mirrorfleet">
        <svg viewBox="0 0 20 20" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.8">
          <path d="M8.2 3.5v13L1.8 14V6z" />
          <path d="M11.8 3.5v13l6.4-2.5V6z" fill="currentColor" fill-opacity=".35" />
        </svg>
        <span class="wd">Mirrorfleet</span>
      </a>
      <nav aria-label="Pages">
        {link('', 'grid', 'Projects')}
        {link('slaves', 'server', 'Slaves', down)}
        {session.role === 'root' && link('users', 'user', 'Users')}
        {session.role === 'root' && link('audit', 'audit', 'Audit')}
      </nav>
      <div class="right">
        <span class={fleet.lost === null ? 'live' : 'live lost'}>{fleet.lost === null ? 'live' : 'not connected'}</span>
        <span class="wd nw" title={`Times are in your zone, ${Intl.DateTimeFormat().resolvedOptions().timeZone}`}>
          {formatClock(now)}
        </span>
        <Menu
          label={`Logged in as ${session.username}`}
          class="b q s"
          groups={[[{ label: 'Log out', icon: 'out', act: onLogOut }]]}
        >
          <span class="who">{session.username}</span>
          <Icon name="caret" />
        </Menu>
      </div>
    </header>
  )
}
