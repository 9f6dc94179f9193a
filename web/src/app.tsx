// The whole dashboard: log-in, navigation, the page that the address names, and messages.

import { useEffect, useState } from 'preact/hooks'
import { useFleet } from './fleet.ts'
import { FleetPage } from './pages/fleet.tsx'
import { LoginPage } from './pages/login.tsx'
import { ProjectPage } from './pages/project.tsx'
import { SlavesPage } from './pages/slaves.tsx'
import { UsersPage } from './pages/users.tsx'
import type { Session } from './session.ts'

const CLOCK_MS = 10_000

export function App() {
  const [session, setSession] = useState<Session | null>(null)
  if (session === null) return <LoginPage onSession={setSession} onLost={() => setSession(null)} />
  return (
    <Dashboard
      session={session}
      onLogOut={() => {
        session.end()
        setSession(null)
      }}
    />
  )
}

function Dashboard({ session, onLogOut }: { session: Session; onLogOut: () => void }) {
  const fleet = useFleet(session)
  useClock()
  const address = useAddress()
  const [news, setNews] = useState('')
  const page = { session, fleet, tell: setNews }
  const [name = '', id = ''] = address.split('/')
  const link = (to: string, label: string) => (
    <a href={`#/${to}`} aria-current={name === to ? 'page' : undefined}>
      {label}
    </a>
  )
  return (
    <>
      <header>
        <a class="brand" href="#/">
          Mirrorfleet
        </a>
        <nav aria-label="Pages">
          {link('', 'Projects')}
          {link('slaves', 'Slaves')}
          {session.role === 'root' && link('users', 'Users and tokens')}
        </nav>
        <span class="who">{session.username}</span>
        <button type="button" onClick={onLogOut}>
          Log out
        </button>
      </header>
      {!fleet.connected && (
        <p role="alert" class="notice">
          The connection to the master is lost. This page shows the last known state. Reconnecting …
        </p>
      )}
      <p role="status" aria-live="polite" class="news">
        {news}
      </p>
      <main>
        {name === 'project' ? (
          <ProjectPage page={page} id={decodeURIComponent(id)} />
        ) : name === 'slaves' ? (
          <SlavesPage page={page} />
        ) : name === 'users' && session.role === 'root' ? (
          <UsersPage page={page} />
        ) : (
          <FleetPage page={page} />
        )}
      </main>
    </>
  )
}

/** Draws everything again now and then, so that times in words stay right. */
function useClock(): void {
  const [, setNow] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), CLOCK_MS)
    return () => clearInterval(timer)
  }, [])
}

function useAddress(): string {
  const [address, setAddress] = useState(location.hash.replace(/^#\/?/, ''))
  useEffect(() => {
    const follow = () => setAddress(location.hash.replace(/^#\/?/, ''))
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return address
}
