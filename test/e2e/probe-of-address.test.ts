// Probes of an address, and what their fields take: real web servers.

import { describe, expect, it } from 'vitest'
import { start, UNCHANGED, WALK } from '../helpers/probed.ts'
import { startWebServer } from '../helpers/web-server.ts'

describe('a project with a probe of an address', () => {
  it('is walked only when the server says that something is new', async () => {
    let etag = '"1"'
    const server = await startWebServer((request, response) => {
      response.setHeader('etag', etag)
      response.writeHead(request.headers['if-none-match'] === etag ? 304 : 200).end('x')
    })
    const { sync, asked, ask } = await start()
    await ask('/update_project/basic/', { id: 'p', probe: { url: server.url } })
    expect(await sync()).toMatchObject(WALK)
    const second = await asked(sync)
    expect(second).toMatchObject({ run: UNCHANGED, paths: [] })
    expect(server.requests).toHaveLength(2)
    etag = '"2"'
    expect(await sync()).toMatchObject(WALK)
    expect(await sync()).toMatchObject(UNCHANGED)
  })

  it('that belongs to no root reaches public addresses only', async () => {
    const server = await startWebServer((_request, response) => response.end('secret'))
    const { sync, add, addUser, ask, context, log } = await start()
    const owner = await addUser('owner', 'upstreamuser')
    for (const host of ['127.0.0.1', 'localhost', '169.254.169.254', '10.0.0.1', '[::1]', '0x7f.1']) {
      const url = server.url.replace('127.0.0.1', host)
      expect((await add('mine', { probe: { url } }, owner)).body, host).toMatchObject({
        error: { code: 'INVALID_INPUT', field: 'probe.url' },
      })
    }
    await add('mine', { probe: null }, owner)
    expect((await ask('/update_project/basic/', { id: 'mine', probe: { url: server.url } })).status).toBe(400)
    // Such as by a user who was root when the project was added.
    const { key } = (await context.store.findProject('mine')) ?? { key: '' }
    await context.store.updateProject(key, (project) => ({ ...project, probe: { url: server.url } }))
    const run = await sync('', 'mine')
    expect(run).toMatchObject(WALK)
    expect(await log(run)).toContain('127.0.0.1 is not a public address')
    expect(server.requests).toHaveLength(0)
  })
})

describe('the fields of a probe', () => {
  it('are checked, and shown', async () => {
    const { ask, project } = await start()
    expect((await project()).probe).toEqual({ file: 'lastupdate' })
    for (const [probe, field] of [
      [{ file: '../x' }, 'probe.file'],
      [{ file: 'a/../../x' }, 'probe.file'],
      [{ file: '/etc/passwd' }, 'probe.file'],
      [{ file: 'folder/' }, 'probe.file'],
      [{ file: '-e' }, 'probe.file'],
      [{ file: 'a*' }, 'probe.file'],
      [{ file: 'a\nb' }, 'probe.file'],
      [{ file: '' }, 'probe.file'],
      [{ url: 'https://user:secret@example.org/x' }, 'probe.url'],
      [{ url: 'https://' }, 'probe.url'],
      [{ url: 'ftp://example.org/' }, 'probe.url'],
      [{}, 'probe'],
      [{ file: 'x', url: 'https://example.org/' }, 'probe'],
      ['auto', 'probe'],
    ] as const) {
      const { status, body } = await ask('/update_project/basic/', { id: 'p', probe })
      expect(status, JSON.stringify(probe)).toBe(400)
      expect(body.error.field, JSON.stringify(probe)).toMatch(new RegExp(`^${field}`))
      expect(body.error.message).not.toContain('secret')
    }
    await ask('/update_project/basic/', { id: 'p', probe: null })
    expect((await project()).probe).toBeNull()
  })
})
