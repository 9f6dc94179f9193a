// The dashboard of a sample fleet, opened by its root user, and what tests look for on its pages.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { SAMPLE_LOGIN } from '../../scripts/sample/fleet.ts'
import { type BrowserOptions, logIn, useBrowser } from './browser.ts'
import type { Sample } from './sample.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** How far a page is wider than its window. */
export const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

/** A browser for the file's tests; `openDashboard` logs in. */
export function useDashboard(sample: Sample) {
  const openPage = useBrowser()
  return {
    openPage,
    openDashboard: async (options: BrowserOptions = {}): Promise<Page> => {
      const page = await openPage(options)
      await logIn(page, sample.fleet.api.url, SAMPLE_LOGIN.username, SAMPLE_LOGIN.password)
      await page.getByRole('heading', { name: 'Projects' }).waitFor({ state: 'attached' })
      return page
    },
  }
}

/** Adds the projects `p<first>` to before `p<last>`, each due once a day. */
export async function addMany({ fleet: { api, destRoot } }: Sample, first: number, last: number): Promise<void> {
  for (let number = first; number < last; number++) {
    const payload = { project: `p${number}`, rsync_host: 'rsync.example.org', rsync_module: 'm', dest: destRoot }
    await api.ask('/add_project/', { ...payload, cron_options: { hour: '3', minute: String(number % 60) } })
  }
}

/** The row of a project in the list of projects. */
export const row = (page: Page, project: string) =>
  page.getByRole('row').filter({ has: page.getByRole('link', { name: project, exact: true }) })

/** Chooses from the menu of a project. */
export async function choose(page: Page, project: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `More for ${project}` }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

/** What axe finds that keeps people out. */
export const findFaults = async (page: Page): Promise<string[]> => {
  // The page's own policy lets no script in but its own; this one comes by the debugger.
  await page.evaluate(AXE)
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: () => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> }
    }
    return (await axe.run()).violations
  })
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
}
