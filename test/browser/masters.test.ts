// The page of masters in a real browser, on three masters with one database: how each is, what to do, and what it carries.

import { describe, expect, it } from 'vitest'
import { Database } from '../../master/store/postgres/database.ts'
import { SAMPLE_LOGIN } from '../../scripts/sample/fleet.ts'
import { until } from '../../scripts/sample/until.ts'
import { keepScreenshot, logIn, useBrowser } from '../helpers/browser.ts'
import { findFaults, OVERFLOW } from '../helpers/dashboard.ts'
import { useMasters } from '../helpers/masters.ts'

const sample = useMasters({ sharedDisk: true })
const { masterAt, add } = sample
const openPage = useBrowser()
const SIZES = [
  { width: 1280 },
  { width: 1280, dark: true },
  { width: 360, height: 740 },
  { width: 360, height: 740, dark: true },
] as const

const openMasters = async (options: Parameters<typeof openPage>[0] = {}) => {
  const page = await openPage(options)
  await logIn(page, masterAt(0).url, SAMPLE_LOGIN.username, SAMPLE_LOGIN.password)
  await page.getByRole('heading', { name: 'Projects' }).waitFor({ state: 'attached' })
  await page.goto(`${masterAt(0).url}/#/masters`)
  await page.getByRole('region', { name: 'Masters' }).getByRole('rowheader', { name: 'three' }).waitFor()
  return page
}
type Opened = Awaited<ReturnType<typeof openMasters>>
const lineOf = (page: Opened, node: string) =>
  page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: node, exact: true }) })

describe('the page of masters', () => {
  it('shows each with its state, the leader, its version, its disk and what it carries', async () => {
    await add(masterAt(1), 'carried', { node: 'two', rsync_options: { basic: ['--bwlimit=20'] } })
    const { run } = await masterAt(0).api.ask('/syncup/?id=carried')
    const page = await openMasters()
    await lineOf(page, 'two').getByRole('link', { name: 'carried' }).waitFor()
    const { version } = (await (await fetch(`${masterAt(0).url}/healthz`)).json()) as { version: string }
    const cells = (node: string) => lineOf(page, node).getByRole('cell').allTextContents()
    // By name, "one" is the first of those that are up.
    expect((await cells('one')).slice(0, 3)).toEqual(['up', 'yes', version])
    expect((await cells('two')).slice(0, 3)).toEqual(['up', 'no', version])
    expect((await cells('one'))[5]).toMatch(/^[\d.]+ [kMGTP]?B of [\d.]+ [kMGTP]?B$/)
    expect((await cells('one'))[6]).toBe('nothing')
    await masterAt(0).api.ask('/stop_run/', { run })
    await expect.poll(async () => (await cells('two'))[6]).toBe('nothing')
  })

  it('marks one of an earlier version, which says nothing of itself, and one that has an older version', async () => {
    const database = new Database(sample.fleet.storeUrl.replace(/\?.*/, ''), 1)
    // As an earlier version's beat leaves the row; the master that is stopped does not overwrite it.
    await masterAt(1).process?.stop()
    await database.query("UPDATE master SET report = NULL WHERE node = 'two'")
    const seen = async () => {
      const listed: { node: string }[] = await masterAt(0).api.ask('/list_masters/')
      return listed.find(({ node }) => node === 'two')
    }
    await until('the others to see it', async () => Object(await seen()).version === null)
    expect(await seen()).toMatchObject({ state: 'left', version: null, disk: null, leader: false, projects: 1 })
    await database.query(
      `UPDATE master SET report = '{"version": "0.0.1", "disk": null, "more": 1}' WHERE node = 'two'`,
    )
    await until('the others to see it', async () => Object(await seen()).version === '0.0.1')
    const page = await openMasters()
    await lineOf(page, 'two')
      .getByText(/^update to \d/)
      .waitFor()
    await database.query("UPDATE master SET report = NULL WHERE node = 'two'")
    await lineOf(page, 'two').getByText('earlier', { exact: true }).waitFor()
    await lineOf(page, 'two')
      .getByText(/^update to \d/)
      .waitFor()
    await database.query(`UPDATE master SET report = '{"version": "0.0.1", "disk": null}' WHERE node = 'two'`)
    await database.close()
  })

  it('says why one is not up and what to do, on every screen, and nothing is cut off', async () => {
    for (const size of SIZES) {
      const page = await openMasters(size)
      const line = lineOf(page, 'two')
      await line.getByText('stopped', { exact: true }).waitFor()
      await line.getByText('One project waits for it. Start it, or give it to another master.').waitFor()
      await keepScreenshot(page, `masters-${size.width}-${'dark' in size ? 'dark' : 'light'}`)
      expect(await findFaults(page)).toEqual([])
      expect(await page.evaluate(OVERFLOW)).toBeLessThanOrEqual(0)
      await page.getByRole('link', { name: 'Slaves', exact: true }).last().click()
      await page.getByRole('heading', { level: 1, name: 'Slaves' }).waitFor()
      expect(await findFaults(page)).toEqual([])
      expect(await page.evaluate(OVERFLOW)).toBeLessThanOrEqual(0)
      await page.getByRole('link', { name: 'Projects' }).click()
      await page.getByText('Master two is stopped').waitFor()
      expect(await page.evaluate(OVERFLOW)).toBeLessThanOrEqual(0)
    }
  })

  it('gives the projects of one that is gone to another, by keyboard', async () => {
    const page = await openMasters()
    await page.getByRole('button', { name: 'More for two' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Give its projects to one…' }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Give one project of two to one?' })
    await dialog.getByRole('button', { name: 'Give' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('status').filter({ hasText: 'one has one project of two now' }).waitFor()
    expect(await masterAt(0).api.ask('/list_projects/?id=carried')).toMatchObject([{ node: 'one', stuck: null }])
    await masterAt(1).start()
    await lineOf(page, 'two').getByText('up', { exact: true }).waitFor()
  })
})
