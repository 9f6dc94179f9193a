// The page where a user logs in.

import { useState } from 'preact/hooks'
import { Icon } from '../parts/icon.tsx'
import { logIn, type Session } from '../session.ts'

interface Props {
  /** Why this page is shown to somebody who was logged in; empty for nothing. */
  reason: string
  onSession: (session: Session) => void
  onLost: () => void
}

export function LoginPage({ reason, onSession, onLost }: Props) {
  document.title = 'Log in · Mirrorfleet'
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    setBusy(true)
    try {
      onSession(await logIn(String(form.get('username')), String(form.get('password')), onLost))
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem))
      setBusy(false)
    }
  }
  return (
    <main class="login">
      <form class="panel in stack" onSubmit={submit}>
        <h1>Mirrorfleet</h1>
        {reason !== '' && error === '' && (
          <p class="note s-waiting" role="status">
            <Icon name="waiting" />
            {reason}
          </p>
        )}
        <div class="f">
          <label for="username">User</label>
          <input id="username" name="username" autocomplete="username" required />
        </div>
        <div class="f">
          <label for="password">Password</label>
          <input id="password" name="password" type="password" autocomplete="current-password" required />
        </div>
        <button type="submit" class="b p" aria-busy={busy}>
          Log in
        </button>
        <div role="alert">
          {error !== '' && (
            <p class="note s-failed">
              <Icon name="failed" />
              {error}
            </p>
          )}
        </div>
      </form>
    </main>
  )
}
