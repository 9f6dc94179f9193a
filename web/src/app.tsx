// The whole dashboard: log-in, navigation, the page that the address names, and messages.

import { useEffect, useMemo, useState } from 'preact/hooks'
import { useAddress } from './address.ts'
import { useFleet } from './fleet.ts'
import { Histories } from './histories.ts'
import type { Page } from './page.ts'
import { AuditPage } from './pages/audit.tsx'
import { FleetPage } from './pages/fleet.tsx'
import { LoginPage } from './pages/login.tsx'
import { MastersPage } from './pages/masters.tsx'
import { ProjectPage } from './pages/project.tsx'
import { SlavesPage } from './pages/slaves.tsx'
import { UsersPage } from './pages/users.tsx'
import { Confirm, type Question } from './parts/confirm.tsx'
import { Lost } from './parts/lost.tsx'
import { Failure, type News, Toast } from './parts/toast.tsx'
import { TopBar } from './parts/top-bar.tsx'
import { NO_ANSWER, resumeSession, type Session } from './session.ts'

const CLOCK_MS = 1_000
const NO_NEWS: News = { text: '' }

export function App() {
  // Undefined until the browser's cookie was tried: no form is shown to somebody who is logged in.
  const [session, setSession] = useState<Session | null>()
  /** Why somebody has to log in who did not log out; empty for nothing. */
  const [reason, setReason] = useState('')
  const forget = (why: string) => {
    setReason(why)
    setSession(null)
  }
  const onLost = () => forget('Your session has ended. Log in to go on where you were.')
  useEffect(() => {
    resumeSession(onLost).then(setSession, () => forget(NO_ANSWER))
  }, [])
  if (session === undefined) return null
  if (session === null) return <LoginPage reason={reason} onSession={setSession} onLost={onLost} />
  const logOut = () =>
    void session
      .end()
      .finally(() => forget(''))
      .catch(() => {})
  return <Dashboard session={session} onLogOut={logOut} />
}

function Dashboard({ session, onLogOut }: { session: Session; onLogOut: () => void }) {
  const fleet = useFleet(session)
  const histories = useMemo(() => new Histories(session.api), [session])
  const { parts } = useAddress()
  const [news, setNews] = useState(NO_NEWS)
  const [failure, setFailure] = useState('')
  const [question, setQuestion] = useState<Question | null>(null)
  const now = useClock()
  const [name = '', ...rest] = parts
  useEffect(() => {
    setFailure('')
    scrollTo(0, 0)
  }, [parts.join('/')])
  const isLost = fleet.lost !== null
  useEffect(() => {
    if (!isLost) setFailure((text) => (text === NO_ANSWER ? '' : text))
  }, [isLost])
  const page: Page = {
    session,
    fleet,
    histories,
    ask: setQuestion,
    fail: setFailure,
    tell: (text, href) => {
      setFailure('')
      setNews({ text, href })
    },
  }
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to content
      </button>
      <TopBar page={page} current={name} now={now} onLogOut={onLogOut} />
      <main id="main" tabIndex={-1}>
        {fleet.lost !== null && <Lost lost={fleet.lost} />}
        <Failure text={failure} close={() => setFailure('')} />
        <Shown page={page} name={name} rest={rest} />
      </main>
      <Toast news={news} close={() => setNews(NO_NEWS)} />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  )
}

/** The page that the address names; the projects for any other name. */
function Shown({ page, name, rest }: { page: Page; name: string; rest: readonly string[] }) {
  const [id, ...path] = rest
  const isRoot = page.session.role === 'root'
  if (name === 'project' && id !== undefined) return <ProjectPage key={id} page={page} id={id} path={path} />
  // A single master has no page of its own.
  if (name === 'masters' && page.fleet.masters.length !== 1) return <MastersPage page={page} />
  if (name === 'slaves' || name === 'masters') return <SlavesPage page={page} />
  if (name === 'users' || name === 'audit') {
    if (!isRoot) return <ForRoot />
    return name === 'users' ? <UsersPage page={page} /> : <AuditPage page={page} />
  }
  return <FleetPage page={page} />
}

/** An address may come from somebody who may see more. */
function ForRoot() {
  return (
    <div class="stack">
      <h1>Only root sees this page</h1>
      <p>
        Ask root, or log in as root. <a href="#/">Show all projects</a>
      </p>
    </div>
  )
}

/** Draws everything again each second, so that ages and countdowns stay right. */
function useClock(): number {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(Date.now())
    }, CLOCK_MS)
    return () => clearInterval(timer)
  }, [])
  return now
}
