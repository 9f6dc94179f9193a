// The dashboard under what is hard to show: long names and errors, hundreds of projects on a phone, a master that goes away.

import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { SAMPLE_LOGIN } from '../../scripts/sample/fleet.ts'
import { logIn } from '../helpers/browser.ts'
import { addMany, findFaults, OVERFLOW, row, useDashboard } from '../helpers/dashboard.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 2, settings: { SLAVE_POLL_S: '1', RETRY_LIMIT: '0' } })
const { openPage, openDashboard } = useDashboard(sample)
/** As long as an id may be, with and without places where a line may break. */
const LONG = `${'a-name.of-a-project.'.repeat(3)}last`
const WIDE = 'W'.repeat(64)
const HOST = `${'x'.repeat(60)}.${'y'.repeat(60)}.example.org`
const USER = 'u'.repeat(64)
const PHONE = { width: 360, height: 740 }
const SIZES = [PHONE, { width: 1280, height: 800 }]

beforeAll(async () => {
  const { fleet, payload } = sample
  const { api } = fleet
  await api.ask('/add_project/', payload(LONG, { rsync_module: `${'m'.repeat(200)}/${'deep'.repeat(40)}` }))
  await api.ask('/add_project/', payload(WIDE, { publish: 'atomic' }))
  await api.ask('/create_api_user/', { username: USER, password: 'only looks', role: 'viewer' })
  await api.ask('/create_token/', { username: USER, label: 'l'.repeat(64), ttl: 'never' })
  await api.ask('/add_slave/', { hostname: HOST, port: 7000 })
  await fleet.slaves[0]?.process?.stop()
  for (const id of [WIDE, LONG]) await api.sync(id).catch(() => {})
})

const open = async (page: Page, to: string) => page.goto(`${sample.fleet.api.url}/#/${to}`)

async function expectUsable(page: Page, name: string): Promise<void> {
  expect(await findFaults(page), name).toEqual([])
  expect(await page.evaluate(OVERFLOW), name).toBeLessThanOrEqual(0)
}

describe('names and errors of any length', () => {
  it('make no page wider than its window', async () => {
    for (const size of SIZES) {
      const page = await openDashboard(size)
      await row(page, LONG).getByText('failed', { exact: true }).waitFor()
      await page.getByText(`${HOST}:7000 is down`).waitFor()
      await expectUsable(page, `fleet ${size.width}`)
      for (const [to, text] of [
        [`project/${LONG}`, 'The upstream has no such module or folder'],
        [`project/${LONG}/log`, 'Unknown module'],
        [`project/${WIDE}`, 'Some slaves are behind'],
        [`project/${WIDE}/settings`, 'Save settings'],
        ['slaves', `${HOST}:7000`],
        ['users', USER],
        ['audit', 'add slave'],
      ] as const) {
        await open(page, to)
        await page.getByText(text).first().waitFor()
        await expectUsable(page, `${to} ${size.width}`)
      }
    }
  })

  it('are shown in full on a phone, where two names may begin alike', async () => {
    const page = await openDashboard(PHONE)
    const name = row(page, LONG).getByRole('link', { name: LONG })
    await name.waitFor()
    expect(
      await row(page, LONG)
        .getByRole('rowheader')
        .evaluate((cell) => cell.scrollWidth - cell.clientWidth),
    ).toBe(0)
  })
})

describe('the settings of a slave', () => {
  it('are shown in full on a phone', async () => {
    const page = await openDashboard(PHONE)
    await open(page, 'slaves')
    await page.getByRole('button', { name: `More for ${HOST}:7000` }).click()
    await page.getByRole('menuitem', { name: 'Settings' }).click()
    await page.getByText(`SLAVE_ID=${HOST}:7000`).waitFor()
    await page.getByRole('button', { name: 'Copy' }).waitFor()
    await expectUsable(page, 'settings of a slave')
  })
})

describe('an address that leads nowhere', () => {
  it('says to others than root that a page is not for them', async () => {
    const page = await openPage(PHONE)
    await logIn(page, sample.fleet.api.url, USER, 'only looks')
    await row(page, LONG).waitFor()
    for (const to of ['users', 'audit']) {
      await open(page, to)
      await page.getByRole('heading', { level: 1, name: 'Only root sees this page' }).waitFor()
      await expectUsable(page, to)
    }
    await page.getByRole('link', { name: 'Show all projects' }).click()
    await row(page, LONG).waitFor()
  })

  it('says so, and where to go', async () => {
    const page = await openDashboard()
    for (const to of ['project/no-such', 'project/%E0%A4%A']) {
      await open(page, to)
      await page.getByRole('heading', { level: 1, name: 'There is no project' }).waitFor()
      await page.reload()
      await page.getByRole('heading', { level: 1, name: 'There is no project' }).waitFor()
      await page.getByRole('link', { name: 'Show all projects' }).click()
      await row(page, LONG).waitFor()
    }
  })
})

describe('the page of users', () => {
  it('keeps what was typed when it is refused, and asks before a token ends', async () => {
    const page = await openDashboard()
    await open(page, 'users')
    const form = page.getByRole('form', { name: 'Add a user' })
    await form.getByLabel('User', { exact: true }).fill(USER)
    await form.getByLabel('Password').fill('another one')
    await form.getByRole('button', { name: 'Add user' }).click()
    await page.getByRole('alert').filter({ hasText: 'There is already a user' }).waitFor()
    expect(await form.getByLabel('User', { exact: true }).inputValue()).toBe(USER)
    const tokens = page.getByRole('region', { name: 'Tokens' })
    // Never used, and it never expires.
    expect(await tokens.getByRole('cell', { name: 'never', exact: true }).count()).toBe(2)
    await tokens.getByRole('button', { name: `Revoke ${'l'.repeat(64)}` }).click()
    const dialog = page.getByRole('dialog', { name: `Revoke ${'l'.repeat(64)}?` })
    await dialog.getByRole('button', { name: 'Revoke' }).click()
    await tokens.getByText('No tokens.').waitFor()
  })

  it('shows the role that a user has when another one was refused', async () => {
    const page = await openDashboard()
    await open(page, 'users')
    const role = page.getByLabel(`Role of ${SAMPLE_LOGIN.username}`)
    await role.selectOption('viewer')
    await page.getByRole('alert').filter({ hasText: 'root' }).waitFor()
    await expect.poll(() => role.inputValue()).toBe('root')
  })
})

describe('a master that goes away while pages are open', () => {
  it('is told in words, forms keep what was typed, and lists are read when it is back', async () => {
    const { fleet } = sample
    const page = await openDashboard()
    await page.getByRole('button', { name: 'Add a project' }).click()
    const form = page.getByRole('form', { name: 'Add a project' })
    await form.getByLabel('Name', { exact: true }).fill('typed')
    const users = await openDashboard(PHONE)
    await fleet.master.stop()
    await page
      .getByRole('alert')
      .filter({ hasText: /is lost\. What you see is from \d\d:\d\d\.$/ })
      .waitFor()
    await page.getByText('not connected').waitFor()
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await form.getByRole('alert').filter({ hasText: 'The master does not answer.' }).waitFor()
    await users.getByRole('link', { name: 'Users' }).click()
    await users.getByRole('region', { name: 'Tokens' }).getByText('Not known: the connection').waitFor()
    await users.getByRole('button', { name: 'Add user' }).waitFor()
    await expectUsable(users, 'users, not connected')
    await fleet.startMaster()
    for (const one of [page, users])
      await one
        .getByRole('button', { name: 'Try now' })
        .click({ timeout: 5_000 })
        .catch(() => {})
    await users.getByRole('region', { name: 'Users' }).getByText(USER).waitFor()
    await users.getByText('live', { exact: true }).waitFor()
    expect(await users.getByRole('alert').count()).toBe(0)
    await page.getByText('live', { exact: true }).waitFor()
    expect(await form.getByLabel('Name', { exact: true }).inputValue()).toBe('typed')
  })

  it('has ended a session elsewhere: the page says so, and leads back to where it was', async () => {
    const { api } = sample.fleet
    const page = await openDashboard()
    await open(page, `project/${WIDE}/settings`)
    await page.getByRole('button', { name: 'Save settings' }).waitFor()
    for (const { session_id } of await api.ask('/list_sessions/')) await api.ask('/end_session/', { session_id })
    await page.getByRole('status').filter({ hasText: 'Your session has ended.' }).waitFor()
    expect(await page.title()).toBe('Log in · Mirrorfleet')
    expect(await findFaults(page)).toEqual([])
    await page.getByLabel('User').fill(SAMPLE_LOGIN.username)
    await page.getByLabel('Password').fill(SAMPLE_LOGIN.password)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('heading', { level: 1, name: WIDE }).waitFor()
    await page.getByRole('button', { name: 'Save settings' }).waitFor()
    await page.getByRole('button', { name: /^Logged in as/ }).click()
    await page.getByRole('menuitem', { name: 'Log out' }).click()
    await page.getByRole('button', { name: 'Log in' }).waitFor()
    // Who logs out knows why.
    expect(await page.getByText('Your session has ended').count()).toBe(0)
    await logIn(page, api.url, SAMPLE_LOGIN.username, 'wrong')
    await page.getByRole('alert').filter({ hasText: 'wrong password' }).waitFor()
    expect(await page.getByText('Your session has ended').count()).toBe(0)
  })
})

describe('300 projects', () => {
  it('are all seen in their order by scrolling, on a phone too', async () => {
    await addMany(sample, 0, 300)
    for (const size of SIZES) {
      const page = await openDashboard(size)
      await row(page, 'p0').waitFor()
      const names = (await sample.fleet.api.ask('/list_projects/')).map(({ id }: { id: string }) => id)
      const seen = new Set<string>()
      for (let place = 0; ; place += 400) {
        await page.evaluate((to) => scrollTo(0, to), place)
        // What is measured in one frame is drawn in the next.
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
        const shown = await page.evaluate(visibleIds)
        expect(shown.length, `${place} at ${size.width}`).toBeGreaterThan(0)
        for (const id of shown) seen.add(id)
        if (await page.evaluate(() => scrollY + innerHeight >= document.documentElement.scrollHeight - 1)) break
      }
      expect([...seen].sort(), String(size.width)).toEqual(names.toSorted())
      expect(await page.getByRole('row').count()).toBeLessThan(80)
    }
  })
})

/** The ids of the rows that the window shows; runs in the page. */
function visibleIds(): string[] {
  return [...document.querySelectorAll<HTMLElement>('tr[data-id]')]
    .filter((one) => one.getBoundingClientRect().bottom > 0 && one.getBoundingClientRect().top < innerHeight)
    .map((one) => one.dataset.id ?? '')
}
