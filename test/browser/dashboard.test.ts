// The dashboard in a real browser, on a real fleet.

import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { SAMPLE_LOGIN } from '../../scripts/sample/fleet.ts'
import { keepScreenshot, logIn } from '../helpers/browser.ts'
import { addMany, choose, findFaults, row, useDashboard } from '../helpers/dashboard.ts'
import { UPSTREAM_LOGIN, useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 2, settings: { SLAVE_POLL_S: '1' } })
const { openPage, openDashboard } = useDashboard(sample)
const SLOW_OPTIONS = { basic: ['--bwlimit=300k'], defaults: ['-aH'], delete: '--delete' }
/** Slow on both ways, from the upstream and to the slaves. */
const SLOW = { rsync_options: SLOW_OPTIONS, fanout_options: SLOW_OPTIONS }

const add = (project: string, more: object = {}) => sample.fleet.api.ask('/add_project/', sample.payload(project, more))
describe('the dashboard', () => {
  it('adds a project, previews its schedule in words, and watches a sync to its end', async () => {
    const page = await openDashboard()
    await page.getByRole('button', { name: 'Add a project' }).click()
    const form = page.getByRole('form', { name: 'Add a project' })
    const { port, module } = sample.upstream
    for (const [label, value] of [
      ['Name', 'fedora'],
      ['Upstream host', '127.0.0.1'],
      ['Port', String(port)],
      ['Module and path', module],
      ['User', UPSTREAM_LOGIN.user],
      ['Password', UPSTREAM_LOGIN.password],
      ['Folder on the master', sample.fleet.destRoot],
      ['rsync options', '-avH --rsh=sh'],
    ] as const)
      await form.getByLabel(label, { exact: true }).fill(value)
    await form.getByText('Fields of the schedule').click()
    await form.getByLabel('hour', { exact: true }).fill('61')
    await form.getByText('is outside').waitFor()
    await form.getByLabel('hour', { exact: true }).fill('*/6')
    await form.getByText('Next times').waitFor()
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await form.getByRole('alert').filter({ hasText: '--rsh is refused' }).waitFor()
    await form.getByLabel('rsync options').fill('-aH --bwlimit=500k')
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('status').filter({ hasText: 'Added fedora' }).waitFor()
    await page.getByRole('button', { name: 'Sync fedora' }).click()
    await page.getByRole('progressbar', { name: 'Progress of fedora' }).waitFor()
    await row(page, 'fedora').getByText('ok', { exact: true }).waitFor()
    await row(page, 'fedora').getByRole('img', { name: '2 of 2 slaves current' }).waitFor()
    await row(page, 'fedora').getByText('Last run: 1 ok').waitFor({ state: 'attached' })
    await keepScreenshot(page, 'fleet-one')
  })

  it('makes a dry run, stops a run, and shows and searches a log that grows', async () => {
    await add('logged', SLOW)
    const page = await openDashboard()
    await choose(page, 'logged', 'Dry run')
    await page.getByRole('status').filter({ hasText: 'dry run requested' }).waitFor()
    await page.getByRole('link', { name: 'logged', exact: true }).click()
    await page.getByRole('cell', { name: '(dry run)' }).waitFor()
    await page.getByRole('button', { name: 'Sync logged' }).click()
    const log = page.getByRole('region', { name: 'Log of the master' })
    await log.getByText('$ rsync').waitFor()
    await page.getByRole('progressbar', { name: 'Progress of logged' }).waitFor()
    await page.getByRole('button', { name: 'Stop logged' }).click()
    await page.getByRole('cell', { name: 'stopped' }).first().waitFor()
    await log.getByLabel('Search the log').fill('$ rsync')
    await log.getByText(/^1 of \d+$/).waitFor()
    expect(await log.locator('mark').first().textContent()).toBe('$ rsync')
    await log.getByLabel('Search the log').fill('nothing like this')
    await log.getByText('no match').waitFor()
  })

  it('asks before it goes back, and says what will happen', async () => {
    await add('atomic', { publish: 'atomic', keep_generations: 3 })
    const { api } = sample.fleet
    for (const text of ['1', '22', '333']) {
      writeFileSync(path.join(sample.upstream.folder, 'news'), text)
      await api.sync('atomic')
    }
    const page = await openDashboard()
    await choose(page, 'atomic', 'Roll back…')
    const dialog = page.getByRole('dialog', { name: 'Roll atomic back?' })
    await dialog.getByText('disable the project first').waitFor()
    await dialog.getByRole('button', { name: 'Roll back' }).click()
    await expect.poll(() => readFileSync(path.join(sample.fleet.destRoot, 'atomic', 'news'), 'utf8')).toBe('22')
    await page.goto(`${api.url}/#/project/atomic`)
    const kept = page.getByRole('region', { name: 'Generations' })
    await kept.getByText('keeps 3').waitFor()
    await kept.getByRole('button', { name: 'Roll back to generation 1' }).click()
    await dialog.getByText('serve generation 1.').waitFor()
    await dialog.getByRole('button', { name: 'Roll back' }).click()
    await expect.poll(() => readFileSync(path.join(sample.fleet.destRoot, 'atomic', 'news'), 'utf8')).toBe('1')
    await page.goto(`${api.url}/#/`)
    await choose(page, 'atomic', 'Disable…')
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
    await row(page, 'atomic').getByText('disabled').waitFor()
  })

  it('keeps the settings that a form shows and nobody changed', { timeout: 60_000 }, async () => {
    const page = await openDashboard()
    await choose(page, 'atomic', 'Settings')
    const form = page.getByRole('form', { name: 'Settings' })
    await form.getByLabel('Delete guard (%)').fill('120')
    await form.getByRole('button', { name: 'Save settings' }).click()
    await form.getByRole('alert').waitFor()
    expect(await form.getByLabel('Delete guard (%)').getAttribute('aria-invalid')).toBe('true')
    await form.getByLabel('Delete guard (%)').fill('20')
    await form.getByLabel('Tolerated exit codes').fill('23')
    await form.getByText('2 changes').waitFor()
    const changes = page.getByRole('complementary', { name: 'What would change' })
    expect(await changes.locator('ins').allTextContents()).toEqual(['20', '23'])
    await form.getByRole('button', { name: 'Save settings' }).click()
    await page.getByRole('status').filter({ hasText: 'settings saved' }).waitFor()
    const [project] = await sample.fleet.api.ask('/list_projects/?id=atomic')
    expect(project).toMatchObject({ delete_guard_percent: 20, tolerated_exit_codes: [23], publish: 'atomic' })
  })

  it('lets a viewer see everything and press nothing', async () => {
    await sample.fleet.api.ask('/create_api_user/', { username: 'viewer', password: 'only looks', role: 'viewer' })
    const page = await openPage()
    await logIn(page, sample.fleet.api.url, 'viewer', 'only looks')
    await row(page, 'fedora').waitFor()
    expect(await page.getByRole('button', { name: /^(Sync|Stop) / }).count()).toBe(0)
    await page.getByRole('button', { name: 'More for fedora' }).click()
    expect(await page.getByRole('menuitem', { name: 'Remove…' }).getAttribute('aria-disabled')).toBe('true')
    expect(await page.getByRole('link', { name: 'Users' }).count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Add a project' }).count()).toBe(0)
  })

  it('manages slaves and users', async () => {
    const page = await openDashboard()
    await page.getByRole('link', { name: 'Slaves', exact: true }).click()
    await page.getByLabel('Hostname').fill('elsewhere.example.org')
    await page.getByRole('button', { name: 'Add slave' }).click()
    await page.getByRole('row').filter({ hasText: 'elsewhere.example.org:7000' }).waitFor()
    await choose(page, 'elsewhere.example.org:7000', 'Settings')
    await page.getByText(/SLAVE_ID=elsewhere\.example\.org:7000\s+SLAVE_TOKEN=[\w-]{43}/).waitFor()
    await choose(page, 'elsewhere.example.org:7000', 'Remove…')
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('row').filter({ hasText: 'elsewhere' }).waitFor({ state: 'detached' })
    expect(await findFaults(page)).toEqual([])
    await page.getByRole('link', { name: 'Users' }).click()
    const form = page.getByRole('form', { name: 'Add a user' })
    await form.getByLabel('User', { exact: true }).fill('alice')
    await form.getByLabel('Password').fill('password of alice')
    await form.getByRole('button', { name: 'Add user' }).click()
    await page.getByRole('button', { name: 'Remove alice' }).waitFor()
    expect(await findFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Remove alice' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('button', { name: 'Remove alice' }).waitFor({ state: 'detached' })
  })

  it('tells that the connection is lost, and goes on where it was', async () => {
    const { api, startMaster } = sample.fleet
    const page = await openDashboard()
    await row(page, 'fedora').waitFor()
    await sample.fleet.master.stop()
    await page.getByRole('alert').filter({ hasText: 'connection to the master is lost' }).waitFor()
    await startMaster()
    await page.getByRole('alert').waitFor({ state: 'detached' })
    await api.ask('/disable_project/?id=fedora')
    await row(page, 'fedora').getByText('disabled').waitFor()
    await api.ask('/enable_project/?id=fedora')
  })

  it('keeps its filter in the address, and is used by keyboard alone', async () => {
    const page = await openDashboard()
    await page.getByRole('button', { name: /^\d+ failed/ }).click()
    expect(page.url()).toContain('state=failed')
    await page.getByRole('button', { name: /^\d+ failed/ }).click()
    expect(page.url()).not.toContain('state=')
    await page.keyboard.press('/')
    await page.keyboard.type('fedora')
    await page.getByText(/^1 of \d+ projects$/).waitFor()
    await page.keyboard.press('Tab')
    await page.getByRole('link', { name: 'Mirrorfleet' }).focus()
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.getByText('1 selected').waitFor()
    await page.keyboard.press('x')
    await page.keyboard.press('e')
    await page.getByRole('form', { name: 'Settings' }).waitFor()
  })

  it('asks nothing of anybody else', async () => {
    const page = await openPage()
    const strangers: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(sample.fleet.api.url) && !request.url().startsWith('data:'))
        strangers.push(request.url())
    })
    await logIn(page, sample.fleet.api.url, SAMPLE_LOGIN.username, SAMPLE_LOGIN.password)
    await page.getByRole('link', { name: 'fedora', exact: true }).click()
    await page.getByRole('group', { name: /Duration of/ }).waitFor()
    expect(strangers).toEqual([])
  })
})

describe('/status.json', () => {
  it("is read by a page that knows tunasync's fields and nothing of us", async () => {
    const page = await openPage()
    await page.setContent(`<table></table><script>
      fetch('${sample.fleet.api.url}/status.json').then((answer) => answer.json()).then((mirrors) => {
        for (const { name, is_master, status, last_update, last_update_ts, last_started_ts, last_ended_ts, next_schedule, upstream, size } of mirrors) {
          const row = document.querySelector('table').insertRow()
          const times = [last_update_ts, last_started_ts, last_ended_ts].map((ts) => new Date(ts * 1000).getFullYear())
          row.textContent = [name, is_master, status, last_update, next_schedule, upstream, size, ...times].join(' | ')
        }
      })
    </script>`)
    const line = page.getByRole('row').filter({ hasText: 'atomic' })
    await line.waitFor()
    expect(await line.textContent()).toMatch(
      /^atomic \| true \| (success|disabled) \| \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 \| .* \| rsync:\/\/127.0.0.1:\d+\/pub\/ \| 1\.\d\dM \| 20\d\d \| 20\d\d \| 20\d\d$/,
    )
  })
})

describe('a fleet of 30 projects and 4 slaves, and of 1,000 projects', () => {
  it('is seen at a glance, filtered and sorted', async () => {
    const { api } = sample.fleet
    for (const port of [7001, 7002]) await api.ask('/add_slave/', { hostname: 'ftp.example.org', port })
    await addMany(sample, 0, 27)
    for (const project of ['atomic', 'logged']) await api.sync(project).catch(() => {})
    const page = await openDashboard()
    await row(page, 'p1').waitFor()
    await keepScreenshot(page, 'fleet')
    await page.close()

    await addMany(sample, 27, 1_000)
    const many = await openPage()
    await many.goto(`${api.url}/`)
    await many.getByLabel('User').fill(SAMPLE_LOGIN.username)
    await many.getByLabel('Password').fill(SAMPLE_LOGIN.password)
    const started = performance.now()
    await many.getByRole('button', { name: 'Log in' }).click()
    await row(many, 'p1').waitFor()
    const firstRowMs = Math.round(performance.now() - started)
    process.stdout.write(`from the log-in to the first row of 1,000 projects: ${firstRowMs} ms\n`)
    expect(firstRowMs).toBeLessThan(10_000)
    expect(await many.getByRole('row').count()).toBeLessThan(80)
    await many.getByLabel('Find a project').fill('p99')
    await many.getByText(/^11 of 10\d\d projects$/).waitFor()
    await many.getByRole('button', { name: /^Order/ }).click()
    await many.getByRole('menuitem', { name: 'Name' }).click()
    expect(await many.getByRole('rowheader').first().textContent()).toBe('p99')
    await many.getByLabel('Find a project').fill('')
    await many.mouse.wheel(0, 20_000)
    expect(await many.getByRole('row').count()).toBeLessThan(80)
  })
})
