// What the pages look like on a fleet with troubles of every kind: nothing cut off, nothing that keeps people out.

import { readdirSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { keepScreenshot } from '../helpers/browser.ts'
import { findFaults, OVERFLOW, row, useDashboard } from '../helpers/dashboard.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 3, settings: { SLAVE_POLL_S: '1', RETRY_LIMIT: '1', RETRY_BACKOFF_S: '3600' } })
const { openDashboard } = useDashboard(sample)
const WELL = ['almalinux', 'alpine', 'apache', 'debian', 'gnu', 'postgresql']
const SIZES = [{}, { dark: true }, { width: 360, height: 740 }, { width: 640, height: 900, dark: true }] as const
type Size = { dark?: boolean; width?: number; height?: number }
const nameOf = (page: string, { dark, width }: Size) => `${page}-${width ?? 1400}-${dark ? 'dark' : 'light'}`

beforeAll(async () => {
  const { fleet, upstream, payload } = sample
  const { api } = fleet
  const add = (project: string, more: object = {}) =>
    api.ask('/add_project/', payload(project, { cron_options: { hour: '*/6' }, ...more }))
  for (const project of WELL) {
    await add(project, project === 'debian' ? { publish: 'atomic' } : {})
    for (let run = 0; run < 3; run++) await api.sync(project)
  }
  await add('gentoo-distfiles')
  await api.sync('gentoo-distfiles')
  rmSync(path.join(upstream.folder, 'deep'), { recursive: true, force: true })
  await add('cpan', { rsync_password: 'not this one' })
  await add('fedora', { rsync_module: 'pubb' })
  await add('ctan', { rsync_host: 'rsync.example.invalid' })
  await add('rocky', { cron_options: {} })
  await add('kernel')
  await api.ask('/disable_project/?id=kernel')
  await fleet.slaves[2]?.process?.stop()
  await api.sync('gnu').catch(() => {})
  for (const project of ['cpan', 'fedora']) await api.sync(project).catch(() => {})
  await api.ask('/syncup/?id=ctan')
})

async function expectUsable(page: Page, name: string): Promise<void> {
  await keepScreenshot(page, name)
  expect(await findFaults(page), name).toEqual([])
  expect(await page.evaluate(OVERFLOW), name).toBeLessThanOrEqual(0)
}

describe('every page, wide and narrow, dark and light', () => {
  it('shows the fleet with its trouble first', async () => {
    for (const size of SIZES) {
      const page = await openDashboard(size)
      await row(page, 'cpan').getByText('failed', { exact: true }).waitFor()
      await page.getByText('is down').first().waitFor()
      await expectUsable(page, nameOf('fleet', size))
    }
  })
  it('shows a project that failed, one that is fine, and its settings', async () => {
    for (const size of SIZES) {
      const page = await openDashboard(size)
      await page.goto(`${sample.fleet.api.url}/#/project/cpan`)
      await page.getByRole('heading', { name: 'The upstream refused the password' }).waitFor()
      await expectUsable(page, nameOf('project-failed', size))
      await page.goto(`${sample.fleet.api.url}/#/project/debian`)
      await page.getByRole('heading', { name: 'Tree' }).waitFor()
      await expectUsable(page, nameOf('project', size))
      await page.goto(`${sample.fleet.api.url}/#/project/debian/settings`)
      await page.getByRole('button', { name: 'Save settings' }).waitFor()
      await expectUsable(page, nameOf('settings', size))
    }
  })
  it("shows the mirror's users what is late, without a log-in", async () => {
    for (const size of SIZES) {
      const page = await openDashboard(size)
      await page.goto(`${sample.fleet.api.url}/status/`)
      await page.getByText(/^\d+ of 12 projects are up to date/).waitFor()
      // The page is styled: its policy lets its own style through.
      expect(
        await page
          .getByText('up to date', { exact: true })
          .first()
          .evaluate((one) => getComputedStyle(one).color),
      ).not.toBe(await page.getByRole('heading', { level: 1 }).evaluate((one) => getComputedStyle(one).color))
      await expectUsable(page, nameOf('status', size))
    }
  })
  it('shows the slaves, the users, the audit list, and the form that adds a project', async () => {
    for (const size of SIZES) {
      const page = await openDashboard(size)
      await page.getByRole('link', { name: 'Slaves' }).first().click()
      await page.getByRole('heading', { name: 'Add a slave' }).waitFor()
      await page.getByText(/^Free space on the master: [\d.]+ [kMGTP]?B of [\d.]+ [kMGTP]?B\./).waitFor()
      await expectUsable(page, nameOf('slaves', size))
      await page.getByRole('link', { name: 'Users' }).click()
      await page.getByRole('heading', { name: 'Tokens', exact: true }).waitFor()
      await expectUsable(page, nameOf('users', size))
      await page.getByRole('link', { name: 'Audit' }).click()
      await page.getByRole('region', { name: 'Audit list' }).getByText('sync project').first().waitFor()
      await expectUsable(page, nameOf('audit', size))
      await page.getByRole('link', { name: 'Projects' }).click()
      await page.getByRole('button', { name: 'Add a project' }).click()
      await page.getByRole('form', { name: 'Add a project' }).waitFor()
      await expectUsable(page, nameOf('add', size))
    }
  })
})

describe('everything that the page loads', () => {
  it('is less than 60 KB, and comes compressed', async () => {
    const folder = path.resolve('dist/web/assets')
    const compressed = readdirSync(folder).filter((name) => name.endsWith('.br'))
    expect(compressed).toHaveLength(2)
    const size = compressed.reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0)
    expect(size).toBeLessThan(60_000)
    const page = await openDashboard()
    const script = await page.locator('script[src]').getAttribute('src')
    const answer = await fetch(new URL(script ?? '', `${sample.fleet.api.url}/`), {
      headers: { 'accept-encoding': 'br' },
    })
    expect(answer.headers.get('content-encoding')).toBe('br')
    expect(answer.headers.get('content-type')).toContain('javascript')
  })
})
