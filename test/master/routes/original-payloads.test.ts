// The example payloads of the original's README, word for word, against the master.

import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { startTestMaster } from '../../helpers/master.ts'

/** The examples name `/data/ftp/.1/` and the developer's own folder; a DEST_ROOT of `/` contains both. */
const startOriginal = () => startTestMaster({ DEST_ROOT: '/' })

const ADD_PROJECT = {
  project: 'fedora',
  rsync_module: '<rsync_module_name>/relative_path',
  rsync_host: 'rsync.fedora.org',
  dest: '/data/ftp/.1/',
  rsync_password: 'testpassword',
  cron_options: { minute: '*', start_date: '2014-05-7 18:00' },
  rsync_options: { basic: [], defaults: ['-avH'], delete: '--delete' },
}

describe('the original README', () => {
  it('adding, listing and removing a slave', async () => {
    const { ask } = await startOriginal()
    const added = await ask('/add_slave/', { hostname: 'localhost', port: '7000' })
    expect(added.body).toEqual({
      method: 'add_slave',
      success: true,
      hostname: 'localhost',
      port: 7000,
      id: 'localhost:7000',
      details: 'Added to cluster',
      reachable: false,
      token: expect.stringMatching(/^[\w-]{43}$/),
    })
    expect((await ask('/add_slave/', { hostname: 'localhost', port: '7000' })).body).toMatchObject({
      success: true,
      details: 'Already added',
    })
    expect((await ask('/list_slaves/')).body).toMatchObject([
      { id: 'localhost:7000', hostname: 'localhost', port: 7000 },
    ])
    expect((await ask('/remove_slave/', { hostname: 'localhost' })).body).toMatchObject({
      method: 'remove_slave',
      success: true,
    })
    expect((await ask('/list_slaves/')).body).toEqual([])
  })

  it('adding and listing a project', async () => {
    const { ask } = await startOriginal()
    const added = await ask('/add_project/', ADD_PROJECT)
    expect(added.status).toBe(200)
    expect(added.body).toMatchObject({ method: 'add_project', project: 'fedora', success: true, id: 'fedora' })
    const [listed] = (await ask('/list_projects/')).body
    expect(listed).toMatchObject({
      id: 'fedora',
      project: 'fedora',
      enabled: true,
      rsync_module: '<rsync_module_name>/relative_path',
      rsync_host: 'rsync.fedora.org',
      dest: '/data/ftp/.1',
      rsync_options: { basic: [], defaults: ['-avH'], delete: '--delete' },
      cron_options: {
        week: '*',
        hour: '*',
        day_of_week: '*',
        month: '*',
        second: '0',
        year: '*',
        day: '*',
        minute: '*',
        start_date: '2014-05-07T18:00:00.000Z',
      },
      has_password: true,
    })
    // Adding a project creates nothing on the disk.
    expect(existsSync('/data/ftp/.1/fedora')).toBe(false)
  })

  it('adding a project without rsync_options, as examples/add_project.py does', async () => {
    const { ask } = await startOriginal()
    const added = await ask('/add_project/', {
      project: 'ubuntu',
      rsync_module: 'documents',
      rsync_host: 'xlstosql.brightants.com',
      dest: '/home/pranjal/projects/osl/arrays/1',
      rsync_password: 'iitbhu123',
      cron_options: { minute: '*', start_date: '2014-05-7 18:00' },
    })
    expect(added.body).toMatchObject({ success: true, project: 'ubuntu' })
    expect((await ask('/list_projects/?id=ubuntu')).body[0].rsync_options).toEqual({
      basic: [],
      defaults: ['-avH'],
      delete: '--delete',
    })
  })

  it('enabling and disabling a project by GET', async () => {
    const { ask } = await startOriginal()
    await ask('/add_project/', { ...ADD_PROJECT, project: 'ubuntu' })
    expect((await ask('/disable_project/?id=ubuntu')).body).toEqual({
      method: 'disable_project',
      success: true,
      id: 'ubuntu',
      enabled: false,
    })
    expect((await ask('/list_projects/')).body[0]).toMatchObject({ enabled: false, next_run_time: null })
    expect((await ask('/enable_project/?id=ubuntu')).body).toEqual({
      method: 'enable_project',
      success: true,
      id: 'ubuntu',
      enabled: true,
    })
    expect((await ask('/list_projects/')).body[0].next_run_time).not.toBeNull()
  })

  it('removing a project, known and unknown', async () => {
    const { ask } = await startOriginal()
    await ask('/add_project/', ADD_PROJECT)
    expect((await ask('/remove_project/', { id: 'fedora' })).body).toEqual({
      method: 'remove_project',
      success: true,
      id: 'fedora',
    })
    const again = await ask('/remove_project/', { id: 'fedora' })
    expect(again.status).toBe(404)
    expect(again.body).toMatchObject({ method: 'remove_project', success: false, error: { code: 'PROJECT_NOT_FOUND' } })
  })

  it('updating basic settings; the placeholder is not a valid host', async () => {
    const { ask, folder } = await startTestMaster()
    const destination = path.join(folder, 'mirror', 'syncedup_temp')
    mkdirSync(destination, { recursive: true })
    await ask('/add_project/', { ...ADD_PROJECT, project: 'ubuntu', dest: path.join(folder, 'mirror') })
    const payload = {
      id: 'ubuntu',
      project: 'fedora',
      rsync_module: 'new_module_name',
      rsync_host: '<new_ip_or_hostname>',
      dest: `${destination}/`,
    }
    expect((await ask('/update_project/basic/', payload)).body).toMatchObject({
      success: false,
      error: { field: 'rsync_host' },
    })
    expect((await ask('/update_project/basic/', { ...payload, rsync_host: '192.0.2.7' })).body).toEqual({
      method: 'update_project',
      success: true,
      id: 'fedora',
    })
    expect((await ask('/list_projects/')).body).toMatchObject([
      { id: 'fedora', project: 'fedora', rsync_module: 'new_module_name', rsync_host: '192.0.2.7', dest: destination },
    ])
  })

  it('updating the schedule, which is replaced as a whole', async () => {
    const { ask } = await startOriginal()
    await ask('/add_project/', { ...ADD_PROJECT, project: 'ubuntu', cron_options: { hour: 3 } })
    const updated = await ask('/update_project/schedule/', {
      id: 'ubuntu',
      minute: '*/5',
      start_date: '2014-05-7 18:00',
    })
    expect(updated.body).toMatchObject({ method: 'update_project', success: true, id: 'ubuntu' })
    expect((await ask('/list_projects/')).body[0].cron_options).toMatchObject({
      hour: '*',
      minute: '*/5',
      start_date: '2014-05-07T18:00:00.000Z',
    })
  })

  it('adding a user and fetching a token that works', async () => {
    const { ask } = await startOriginal()
    expect((await ask('/create_api_user/', { username: 'superman', password: 'S' })).body).toEqual({
      method: 'create_api_user',
      success: true,
      username: 'superman',
      role: 'upstreamuser',
    })
    const { token } = (await ask('/get_token/', undefined, { username: 'superman', password: 'S' })).body
    expect((await ask('/list_projects/', undefined, { username: token, password: 'unused' })).status).toBe(200)
    expect((await ask('/list_projects/', undefined, token)).status).toBe(200)
    expect((await ask('/list_users/')).body).toEqual([
      { username: 'root', role: 'root' },
      { username: 'superman', role: 'upstreamuser' },
    ])
  })

  it("asking for a sync by the project's name", async () => {
    const { ask, folder } = await startTestMaster()
    await ask('/add_project/', {
      ...ADD_PROJECT,
      rsync_host: '127.0.0.1',
      rsync_port: 9,
      dest: path.join(folder, 'mirror'),
    })
    const answer = await ask('/syncup/?project=fedora')
    expect(answer.status).toBe(202)
    expect(answer.body).toMatchObject({ method: 'syncup_project', success: true, id: 'fedora', note: 'sync initiated' })
  })
})
