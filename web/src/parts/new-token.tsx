// Makes a token, by the password of whoever asks, so that it may outlive the session; shows it once.

import { useState } from 'preact/hooks'
import { basicAuthorization, createApiClient } from '../../../shared/api/client.ts'
import type { Page } from '../page.ts'
import type { Act } from './sessions.tsx'
import { ShownOnce } from './shown-once.tsx'

/** Days, as create_token takes them, and what people read. */
const LIFETIMES = [
  ['1d', '1 day'],
  ['30d', '30 days'],
  ['90d', '90 days'],
  ['365d', '1 year'],
  ['never', 'without end'],
] as const

export function NewToken({ page, users, act }: { page: Page; users: readonly string[]; act: Act }) {
  const { session } = page
  const [made, setMade] = useState<string | null>(null)
  const make = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const given = (name: string) => String(new FormData(form).get(name) ?? '').trim()
    const projects = given('projects')
      .split(/[\s,]+/)
      .filter(Boolean)
    const body = {
      username: given('username'),
      label: given('label'),
      ttl: given('ttl'),
      ...(projects.length === 0 ? {} : { scope: { projects, actions: ['sync' as const] } }),
    }
    const password = String(new FormData(form).get('password'))
    const api = createApiClient(location.origin, () => basicAuthorization(session.username, password))
    const asked = api.post('/create_token', { body }).then(({ token }) => setMade(token))
    // What was refused stays, to be mended.
    void act(asked, `Made the token ${body.label}`).then((done) => {
      if (done) form.reset()
    })
  }
  return (
    <>
      {made !== null && (
        <ShownOnce
          page={page}
          title="The new token"
          says="It is shown this once. Whoever has it may do what it may: keep it to yourself."
          text={made}
          hide={() => setMade(null)}
        />
      )}
      <form class="panel" onSubmit={make} aria-label="Make a token">
        <header>
          <h2>Make a token</h2>
        </header>
        <div class="grid in">
          <div class="f c4">
            <label for="token-label" class="req">
              Label
            </label>
            <input id="token-label" name="label" required maxLength={100} autocomplete="off" />
          </div>
          <div class="f c4">
            <label for="token-user">For</label>
            <select id="token-user" name="username">
              {users.map((one) => (
                <option key={one} selected={one === session.username}>
                  {one}
                </option>
              ))}
            </select>
          </div>
          <div class="f c4">
            <label for="token-ttl">Ends after</label>
            <select id="token-ttl" name="ttl">
              {LIFETIMES.map(([value, label]) => (
                <option key={value} value={value} selected={value === '90d'}>
                  {label}
                </option>
              ))}
            </select>
          </div>
          <div class="f c6">
            <label for="token-projects">Only to sync these projects</label>
            <input id="token-projects" name="projects" placeholder="all that its user may" autocomplete="off" />
            <span class="h">Their ids, with blanks between them</span>
          </div>
          <div class="f c6">
            <label for="token-password" class="req">
              Your password
            </label>
            <input id="token-password" name="password" type="password" required autocomplete="current-password" />
          </div>
        </div>
        <div class="bar">
          <div class="acts">
            <button type="submit" class="b p">
              Make token
            </button>
          </div>
        </div>
      </form>
    </>
  )
}
