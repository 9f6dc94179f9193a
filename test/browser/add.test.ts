// The form that adds a project, in a real browser: what it finds out about an upstream, and what it makes of a schedule.

import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { keepScreenshot } from '../helpers/browser.ts'
import { findFaults, useDashboard } from '../helpers/dashboard.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { makeForge, startGitDaemon } from '../helpers/git-server.ts'
import { PASSWORD, startWebdav } from '../helpers/rclone-servers.ts'
import { UPSTREAM_LOGIN, useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 0 })
const { openDashboard } = useDashboard(sample)

const openForm = async () => {
  const page = await openDashboard()
  await page.getByRole('button', { name: 'Add a project' }).click()
  return { page, form: page.getByRole('form', { name: 'Add a project' }) }
}

describe('the form that adds a project', () => {
  it('looks at the upstream of a pasted address, says what is wrong, and fills itself in', async () => {
    for (const name of ['dists', 'pool']) mkdirSync(path.join(sample.upstream.folder, name), { recursive: true })
    const { port, module } = sample.upstream
    const { page, form } = await openForm()
    await form.getByLabel('Address').fill(`rsync://${UPSTREAM_LOGIN.user}@127.0.0.1:${port}/${module}`)
    await form.getByText(`auth failed on module ${module}`).waitFor()
    await form.getByLabel('Password', { exact: true }).fill(UPSTREAM_LOGIN.password)
    await form.getByText(/It has \d+ folders/).waitFor()
    await form.getByText('It looks like a repository of the layout debian.').waitFor()
    expect(await form.getByLabel('Layout').inputValue()).toBe('debian')
    expect(await form.getByLabel('Publish').inputValue()).toBe('atomic')
    expect(await form.getByLabel('Name', { exact: true }).inputValue()).toBe(module)
    // What a person sets stays, whatever is found.
    await form.getByLabel('Publish').selectOption('in_place')
    await form.getByLabel('Port').fill(`${port} `)
    await form.getByLabel('Port').fill(String(port))
    await form.getByText(/It has \d+ folders/).waitFor()
    expect(await form.getByLabel('Publish').inputValue()).toBe('in_place')
    await keepScreenshot(page, 'add-found')
    expect(await findFaults(page)).toEqual([])
    await form.getByLabel('Folder on the master').fill(sample.fleet.destRoot)
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await page
      .getByRole('status')
      .filter({ hasText: `Added ${module}` })
      .waitFor()
    const [project] = await sample.fleet.api.ask('/list_projects/')
    expect(project).toMatchObject({ id: module, layout: 'debian', publish: 'in_place', has_password: true })
  })

  it('lists the modules of a daemon, of which one is chosen', async () => {
    const { port, module } = sample.upstream
    const { form } = await openForm()
    await form.getByLabel('Upstream host').fill('127.0.0.1')
    await form.getByLabel('Port').fill(String(port))
    await form.getByRole('button', { name: module, exact: true }).click()
    expect(await form.getByLabel('Module and path').inputValue()).toBe(module)
  })

  it('takes the address of a git repository', async () => {
    const forge = makeForge()
    forge.commit('main', 'file', 'text')
    const url = await startGitDaemon(forge)
    const { page, form } = await openForm()
    await form.getByLabel('Address').fill(url)
    await form.getByText('It has 1 ref: refs/heads/main.').waitFor()
    expect(await form.getByLabel('Upstream host').count()).toBe(0)
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('status').filter({ hasText: 'Added repository' }).waitFor()
    expect((await sample.fleet.api.ask('/list_projects/')).map(({ id }: { id: string }) => id)).toContain('repository')
  })

  it('takes an address of rclone, with its secret', async () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'file'), 'text')
    const { remote } = await startWebdav(folder)
    const { url, user } = remote
    const { page, form } = await openForm()
    await form.getByLabel('Address').fill(`rclone:webdav+${url}?user=${user}`)
    await form.getByText('401').waitFor()
    await form.getByLabel('Secret for rclone').fill(PASSWORD)
    await form.getByText('It has 1 file: file.').waitFor()
    expect(await form.getByLabel('Upstream host').count()).toBe(0)
    await form.getByLabel('Name', { exact: true }).fill('dav')
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('status').filter({ hasText: 'Added dav' }).waitFor()
    const [project] = await sample.fleet.api.ask('/list_projects/?id=dav')
    const source = { kind: 'rclone', remote, secrets: { pass: null } }
    expect(project.source).toEqual(source)
    // Its settings have the address again, and keep the secret.
    await page.goto(`${sample.fleet.api.url}/#/project/dav/settings`)
    const address = page.getByLabel('Address for rclone')
    expect(await address.inputValue()).toBe(`rclone:webdav+${url}?user=${user}&secrets=pass`)
    expect(await page.getByLabel('Upstream host').count()).toBe(0)
    await address.fill(`rclone:webdav+${url}?user=${user}&secrets=pass&tolerate_unreadable=true`)
    await page.getByRole('button', { name: 'Save settings' }).click()
    await page.getByRole('status').filter({ hasText: 'settings saved' }).waitFor()
    const [saved] = await sample.fleet.api.ask('/list_projects/?id=dav')
    expect(saved.source).toEqual({ ...source, tolerate_unreadable: true })
    expect(await sample.fleet.api.sync('dav')).toMatchObject({ state: 'succeeded' })
  })

  it('has one schedule as presets, as a cron line and as fields', async () => {
    const { form } = await openForm()
    const line = form.getByLabel('Cron line')
    await form.getByRole('button', { name: '4 times a day' }).click()
    expect(await line.inputValue()).toBe('7 */6 * * *')
    await line.fill('61 * * * *')
    await form.getByText('The minute 61 is outside 0 to 59.').waitFor()
    await line.fill('30 4 13 * fri')
    await form.getByText('Give a day or a weekday').waitFor()
    await line.fill('30 4 * * 0')
    await form.getByText('Next times').waitFor()
    await form.getByText('Fields of the schedule').click()
    expect(await form.getByLabel('day of week').inputValue()).toBe('sun')
    await form.getByLabel('hour', { exact: true }).fill('5')
    expect(await line.inputValue()).toBe('30 5 * * sun')
    await form.getByLabel('second', { exact: true }).fill('9')
    expect(await line.inputValue()).toBe('')
    expect(await line.getAttribute('placeholder')).toBe('cron has no line for these fields')
  })
})
