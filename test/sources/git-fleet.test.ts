// A repository in a fleet: asked for its refs before anything is read, so that a run without news costs one connection.

import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeForge, runGit, startGitDaemon } from '../helpers/git-server.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 1, settings: { RETRY_LIMIT: '0' } })
const refsOf = (tree: string) => runGit(tree, 'for-each-ref', '--format=%(objectname) %(refname)')

describe.each(['atomic', 'in_place'])('a repository that is published %s', (publish) => {
  it('is left alone while its refs are as they were', async () => {
    const { api, destRoot, slaves } = sample.fleet
    const forge = makeForge()
    forge.commit('main', 'a', 'one')
    const url = await startGitDaemon(forge)
    await api.ask('/add_project/', { project: publish, dest: destRoot, publish, source: { kind: 'git', url } })
    const onSlave = path.join(slaves[0]?.publicFolder ?? '', publish)

    expect(await api.sync(publish)).toMatchObject({ state: 'succeeded', generation: 1, upstream: { scanned: 'walk' } })
    const same = await api.sync(publish)
    expect(same).toMatchObject({ state: 'succeeded', upstream: { state: 'unchanged', scanned: 'none', error: null } })
    expect(same.slaves).toEqual([])
    const log = await api.ask(`/run_log/?run=${same.run}`)
    expect(log).toContain(`[probe of ${url}]`)
    expect(log).not.toContain('$ rsync')
    const [project] = await api.ask(`/list_projects/?id=${publish}`)
    expect(project).toMatchObject({ generation: 1, last_success_at: same.finished_at })

    forge.commit('main', 'a', 'two')
    expect(await api.sync(publish)).toMatchObject({ generation: 2, upstream: { state: 'succeeded' } })
    expect(refsOf(onSlave)).toBe(refsOf(forge.bare))
    // Nothing but where HEAD leads has changed.
    forge.git('branch', 'other', 'main')
    await api.sync(publish)
    forge.git('symbolic-ref', 'HEAD', 'refs/heads/other')
    expect(await api.sync(publish)).toMatchObject({ upstream: { state: 'succeeded' } })
    expect(runGit(onSlave, 'symbolic-ref', 'HEAD')).toContain('refs/heads/other')
    expect(await api.sync(publish, '&mode=full')).toMatchObject({ upstream: { state: 'succeeded' } })
    expect(await api.sync(publish)).toMatchObject({ error: null, upstream: { state: 'unchanged' } })
  })
})
