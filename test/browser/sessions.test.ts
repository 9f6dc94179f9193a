// Who is logged in to the dashboard, in a real browser: over a reload, until a session ends; and what was done so.

import { describe, expect, it } from 'vitest'
import { SAMPLE_LOGIN } from '../../scripts/sample/fleet.ts'
import { logIn } from '../helpers/browser.ts'
import { findFaults, useDashboard } from '../helpers/dashboard.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 0 })
const { openPage, openDashboard } = useDashboard(sample)

describe('the log-in of the dashboard', () => {
  it('lets nobody in with a wrong password, and says so', async () => {
    const page = await openPage()
    await logIn(page, sample.fleet.api.url, 'root', 'wrong')
    await page.getByRole('alert').filter({ hasText: 'wrong password' }).waitFor()
    expect(await findFaults(page)).toEqual([])
  })

  it('stays logged in when it is loaded again, until it is logged out or its session is ended', async () => {
    const { api } = sample.fleet
    const page = await openDashboard()
    await page.reload()
    await page.getByRole('heading', { name: 'Projects' }).waitFor({ state: 'attached' })
    const sessions = await api.ask('/list_sessions/')
    expect(sessions).toMatchObject([{ username: SAMPLE_LOGIN.username, current: false }])
    expect(await page.evaluate('document.cookie')).toBe('')
    await page.getByRole('link', { name: 'Users' }).click()
    await page.getByRole('region', { name: 'Sessions' }).getByText('this one').waitFor()
    await page.getByRole('button', { name: `Logged in as ${SAMPLE_LOGIN.username}` }).click()
    await page.getByRole('menuitem', { name: 'Log out' }).click()
    await page.getByRole('button', { name: 'Log in' }).waitFor()
    expect(await api.ask('/list_sessions/')).toEqual([])

    await logIn(page, api.url, SAMPLE_LOGIN.username, SAMPLE_LOGIN.password)
    await page.getByRole('link', { name: 'Users' }).click()
    await page.getByRole('region', { name: 'Sessions' }).getByText('this one').waitFor()
    const [{ session_id }] = await api.ask('/list_sessions/')
    await api.ask('/end_session/', { session_id })
    // The open stream of events ends with it.
    await page.getByRole('button', { name: 'Log in' }).waitFor()
  })

  it('makes a token by the password, which outlives the session and is shown once', async () => {
    const { api } = sample.fleet
    await api.ask('/add_project/', sample.payload('pushed'))
    const page = await openDashboard()
    await page.getByRole('link', { name: 'Users' }).click()
    const form = page.getByRole('form', { name: 'Make a token' })
    await form.getByLabel('Label').fill('push for pushed')
    await form.getByLabel('Ends after').selectOption('1 year')
    await form.getByLabel('Only to sync these projects').fill('pushed')
    await form.getByLabel('Your password').fill('wrong')
    await form.getByRole('button', { name: 'Make token' }).click()
    await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor()
    // What was typed stays, and the session as well.
    expect(await form.getByLabel('Label').inputValue()).toBe('push for pushed')
    await form.getByLabel('Your password').fill(SAMPLE_LOGIN.password)
    await form.getByRole('button', { name: 'Make token' }).click()
    const made = page.getByRole('region', { name: 'The new token' })
    const token = (await made.locator('pre').textContent()) ?? ''
    const ask = (path: string) =>
      fetch(`${api.url}${path}`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
    expect((await ask('/syncup/?id=pushed')).status).toBe(202)
    expect((await ask('/disable_project/?id=pushed')).status).toBe(403)
    await page.getByRole('region', { name: 'Tokens' }).getByText('push for pushed').waitFor()
    expect(await findFaults(page)).toEqual([])
    await made.getByRole('button', { name: 'Hide' }).click()
    expect(await page.getByText(token).count()).toBe(0)
    const { run } = await (await ask('/syncup/?id=pushed')).json()
    await api.waitForRun(run)
    await api.ask('/remove_project/', { id: 'pushed', purge: true })
  })

  it('leads to the list of what everybody did, by user and by project', async () => {
    const { api } = sample.fleet
    await api.ask('/create_api_user/', { username: 'alice', password: 'password of alice', role: 'viewer' })
    for (const project of ['fedora', 'debian']) await api.ask('/add_project/', sample.payload(project))
    for (let time = 0; time < 51; time++) await api.ask(`/${time % 2 ? 'enable' : 'disable'}_project/?id=fedora`)
    const page = await openDashboard()
    await page.getByRole('link', { name: 'Users' }).click()
    await page.getByLabel('Role of alice').selectOption('upstreamuser')
    await page.getByRole('status').getByRole('link', { name: 'Show' }).click()
    const audit = page.getByRole('region', { name: 'Audit list' })
    const row = (text: string) => audit.getByRole('row').filter({ hasText: text })
    await row('update api user alice').getByText('role: viewer → upstreamuser').waitFor()
    await row('disable project fedora').getByText('enabled: true → false').first().waitFor()
    expect(await row('debian').count()).toBe(0)
    await audit.getByRole('button', { name: 'Show older entries' }).click()
    await row('create api user alice').getByText('password: changed').waitFor()
    await audit.getByLabel('Project').fill('debian')
    await audit.getByLabel('Project').press('Enter')
    await row('alice').first().waitFor({ state: 'detached' })
    await page.reload()
    await row('add project debian').waitFor()
    expect(await audit.getByRole('row').count()).toBe(2)
    await api.ask('/update_project/basic/', { id: 'debian', project: 'bookworm', delete_guard_percent: 20 })
    // Slowly, so that the page draws its ages again meanwhile.
    await audit.getByLabel('Project').fill('')
    await audit.getByLabel('Project').pressSequentially('bookworm', { delay: 300 })
    await audit.getByLabel('Project').press('Enter')
    await row('update project debian another name of bookworm').getByText('Delete guard (%): none → 20').waitFor()
    await row('add project debian another name of bookworm').waitFor()
    await audit.getByLabel('User').selectOption('alice')
    await audit.getByText('No entries with this user and project.').waitFor()
    await audit.getByLabel('Project').fill('../etc')
    await audit.getByLabel('Project').press('Enter')
    await page.getByRole('alert').filter({ hasText: 'project' }).waitFor()
    expect(await findFaults(page)).toEqual([])
  })

  it('asks for the password again when its session has ended by its age', async () => {
    const { fleet } = sample
    await fleet.master.stop()
    await fleet.startMaster({ SESSION_TTL_S: '2' })
    const page = await openPage()
    await logIn(page, fleet.api.url, SAMPLE_LOGIN.username, SAMPLE_LOGIN.password)
    await page.getByRole('heading', { name: 'Projects' }).waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'Log in' }).waitFor()
  })
})
