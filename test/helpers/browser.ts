// A real browser for the tests of the dashboard: Debian's chromium, driven without anything downloaded.

import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, onTestFinished } from 'vitest'

/** Bounds a hang; nothing is expected to take so long. */
const PATIENCE_MS = 120_000

/** Git ignores it. */
const SCREENSHOTS = path.resolve('screenshots')

export interface BrowserOptions {
  width?: number
  height?: number
  dark?: boolean
}

/** Starts the browser before the file's tests, and ends it after; the function opens pages that end with their test. */
export function useBrowser(): (options?: BrowserOptions) => Promise<Page> {
  let browser: Browser | undefined
  beforeAll(async () => {
    const executablePath = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim()
    // As root, chromium runs without its sandbox or not at all.
    browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
  })
  afterAll(() => browser?.close())
  return async ({ width = 1400, height = 900, dark = false } = {}) => {
    if (browser === undefined) throw new Error('the browser has not started')
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light' })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    return page
  }
}

/** Keeps what the page looks like. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) })
}

export async function logIn(page: Page, url: string, username: string, password: string): Promise<void> {
  await page.goto(`${url}/`)
  await page.getByLabel('User').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
}
