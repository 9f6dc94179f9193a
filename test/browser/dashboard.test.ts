// The dashboard in a real browser, on a real fleet.

import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { SAMPLE_LOGIN } from '../../scripts/sample/fleet.ts'
import { keepScreenshot, logIn } from '../helpers/browser.ts'
import { addMany, findFaults, OVERFLOW, row, useDashboard } from '../helpers/dashboard.ts'
import { UPSTREAM_LOGIN, useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 2, settings: { SLAVE_POLL_S: '1' } })
const { openPage, openDashboard } = useDashboard(sample)
const SLOW_OPTIONS = { basic: ['--bwlimit=300k'], defaults: ['-aH'], delete: '--delete' }
/** Slow on both ways, from the upstream and to the slaves. */
const SLOW = { rsync_options: SLOW_OPTIONS, fanout_options: SLOW_OPTIONS }

const add = (project: string, more: object = {}) => sample.fleet.api.ask('/add_project/', sample.payload(project, more))
describe('the dashboard', () => {
  it('lets nobody in with a wrong password, and says so', async () => {
    const page = await openPage()
    await logIn(page, sample.fleet.api.url, 'root', 'wrong')
    await page.getByRole('alert').filter({ hasText: 'wrong password' }).waitFor()
    expect(await findFaults(page)).toEqual([])
  })

  it('adds a project, previews its schedule in words, and watches a sync to its end', async () => {
    const page = await openDashboard()
    await page.getByRole('button', { name: 'Add a project' }).click()
    const form = page.getByRole('form', { name: 'Add a project' })
    const { port, module } = sample.upstream
    for (const [label, value] of [
      ['Name', 'fedora'],
      ['Upstream host', '127.0.0.1'],
      ['Port', String(port)],
      ['Module', module],
      ['User', UPSTREAM_LOGIN.user],
      ['Password', UPSTREAM_LOGIN.password],
      ['Folder on the master', sample.fleet.destRoot],
      ['rsync options', '-avH --rsh=sh'],
      ['hour', '61'],
    ] as const)
      await form.getByLabel(label, { exact: true }).fill(value)
    await form.getByText('is outside').waitFor()
    await form.getByLabel('hour', { exact: true }).fill('*/6')
    await form.getByText('Next: ').waitFor()
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await form.getByRole('alert').filter({ hasText: '--rsh is refused' }).waitFor()
    await form.getByLabel('rsync options').fill('-aH --bwlimit=500k')
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('status').filter({ hasText: 'Added fedora' }).waitFor()
    await page.getByRole('button', { name: 'Sync fedora' }).click()
    await page.getByRole('progressbar', { name: 'Progress of fedora' }).waitFor()
    await row(page, 'fedora').getByText('succeeded').waitFor()
    await row(page, 'fedora')
      .getByTitle(/is at generation 1/)
      .nth(1)
      .waitFor()
    await keepScreenshot(page, 'fleet-one')
  })

  it('makes a dry run, stops a run, and shows and searches a log that grows', async () => {
    await add('logged', SLOW)
    const page = await openDashboard()
    await page.getByRole('button', { name: 'Dry run logged' }).click()
    await page.getByRole('status').filter({ hasText: 'dry run requested' }).waitFor()
    await page.getByRole('link', { name: 'logged' }).click()
    await page.getByRole('cell', { name: '(dry run)' }).waitFor()
    await page.getByRole('button', { name: 'Sync logged' }).click()
    const log = page.getByRole('region', { name: 'Log of the master' })
    await log.getByText('$ rsync').waitFor()
    await page.getByRole('progressbar', { name: 'Progress of the master' }).waitFor()
    await page.getByRole('button', { name: 'Stop logged' }).click()
    await page.getByRole('cell', { name: 'stopped' }).first().waitFor()
    await log.getByLabel('Search').fill('$ rsync')
    await expect.poll(() => log.locator('pre').textContent()).toMatch(/^\$ rsync/)
    expect(await log.locator('pre').textContent()).not.toContain('+++++++++')
  })

  it('asks before it goes back, and says what will happen', async () => {
    await add('atomic', { publish: 'atomic' })
    const { api } = sample.fleet
    for (const text of ['1', '22', '333']) {
      writeFileSync(path.join(sample.upstream.folder, 'news'), text)
      await api.sync('atomic')
    }
    const page = await openDashboard()
    await page.getByRole('button', { name: 'Roll back atomic' }).click()
    const dialog = page.getByRole('dialog', { name: 'Roll atomic back?' })
    await dialog.getByText('disable the project first').waitFor()
    await dialog.getByRole('button', { name: 'Roll back' }).click()
    await expect.poll(() => readFileSync(path.join(sample.fleet.destRoot, 'atomic', 'news'), 'utf8')).toBe('22')
    await page.getByRole('button', { name: 'Disable atomic' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
    await row(page, 'atomic').getByText('disabled').waitFor()
  })

  it('keeps the settings that a form shows and nobody changed', { timeout: 60_000 }, async () => {
    const page = await openDashboard()
    await page.getByRole('link', { name: 'atomic' }).click()
    await page.getByText('Settings', { exact: true }).click()
    const form = page.getByRole('form', { name: 'Settings' })
    await form.getByLabel('delete guard (%)').fill('20')
    await form.getByLabel('tolerated exit codes').fill('23')
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
    for (const button of await page
      .getByRole('group', { name: /Actions for/ })
      .getByRole('button')
      .all())
      expect(await button.isDisabled()).toBe(true)
    expect(await page.getByRole('link', { name: 'Users and tokens' }).count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Add a project' }).count()).toBe(0)
  })

  it('manages slaves and users', async () => {
    const page = await openDashboard()
    await page.getByRole('link', { name: 'Slaves' }).click()
    await page.getByLabel('Hostname').fill('elsewhere.example.org')
    await page.getByRole('button', { name: 'Add slave' }).click()
    await page.getByRole('row').filter({ hasText: 'elsewhere.example.org:7000' }).waitFor()
    await page.getByRole('row').filter({ hasText: 'elsewhere' }).getByRole('button', { name: 'Settings' }).click()
    await page.getByText(/SLAVE_ID=elsewhere\.example\.org:7000\s+SLAVE_TOKEN=[\w-]{43}/).waitFor()
    await page.getByRole('row').filter({ hasText: 'elsewhere' }).getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('row').filter({ hasText: 'elsewhere' }).waitFor({ state: 'detached' })
    expect(await findFaults(page)).toEqual([])
    await page.getByRole('link', { name: 'Users and tokens' }).click()
    const form = page.getByRole('form', { name: 'Add a user' })
    await form.getByLabel('User', { exact: true }).fill('alice')
    await form.getByLabel('Password').fill('password of alice')
    await form.getByRole('button', { name: 'Add user' }).click()
    await page.getByRole('button', { name: 'Remove alice' }).waitFor()
    expect(await findFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Remove alice' }).click()
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

  it('has no serious fault for those who use it otherwise, dark or light, wide or narrow', async () => {
    for (const options of [{}, { dark: true }, { width: 360, height: 740 }]) {
      const page = await openDashboard(options)
      await row(page, 'fedora').waitFor()
      expect(await findFaults(page)).toEqual([])
      expect(await page.evaluate(OVERFLOW)).toBeLessThanOrEqual(0)
      await page.getByRole('link', { name: 'fedora' }).click()
      await page.getByRole('img', { name: /Duration/ }).waitFor()
      expect(await findFaults(page)).toEqual([])
      expect(await page.evaluate(OVERFLOW)).toBeLessThanOrEqual(0)
      await keepScreenshot(page, `project${options.dark ? '-dark' : ''}${options.width ? '-phone' : ''}`)
    }
  })

  it('asks nothing of anybody else', async () => {
    const page = await openPage()
    const strangers: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(sample.fleet.api.url) && !request.url().startsWith('data:'))
        strangers.push(request.url())
    })
    await logIn(page, sample.fleet.api.url, SAMPLE_LOGIN.username, SAMPLE_LOGIN.password)
    await page.getByRole('link', { name: 'fedora' }).click()
    await page.getByRole('img', { name: /Duration/ }).waitFor()
    expect(strangers).toEqual([])
  })

  it('renews its log-in before its token ends', async () => {
    const { fleet } = sample
    await fleet.master.stop()
    await fleet.startMaster({ TOKEN_TTL_S: '4' })
    const page = await openDashboard()
    await expect
      .poll(() => fleet.api.ask('/list_tokens/').then((tokens: unknown[]) => tokens.length))
      .toBeGreaterThan(2)
    await fleet.api.ask('/disable_project/?id=fedora')
    await row(page, 'fedora').getByText('disabled').waitFor()
    await page.getByRole('link', { name: 'fedora' }).click()
    await page.getByRole('img', { name: /Duration/ }).waitFor()
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
    const page = await openDashboard({ width: 1900 })
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
    await many.getByLabel('Filter').fill('p99')
    await many.getByText('11 of 1003').waitFor()
    await many.getByRole('button', { name: /^Project/ }).click()
    expect(await many.getByRole('rowheader').first().textContent()).toBe('p999')
    await many.getByLabel('Filter').fill('')
    await many.mouse.wheel(0, 20_000)
    expect(await many.getByRole('row').count()).toBeLessThan(80)
  })
})
