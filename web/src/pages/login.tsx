// The page where a user logs in.

import { useState } from 'preact/hooks'
import { logIn, type Session } from '../session.ts'

export function LoginPage({ onSession, onLost }: { onSession: (session: Session) => void; onLost: () => void }) {
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
      <h1>Mirrorfleet</h1>
      <form onSubmit={submit}>
        <label>
          User
          <input name="username" autocomplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <button type="submit" class="primary" disabled={busy}>
          Log in
        </button>
        <p role="alert">{error}</p>
      </form>
    </main>
  )
}
