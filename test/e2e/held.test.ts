// A tree that is not whole, held by the fleet and published by a person.

import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 1 })

describe('a project that is held', () => {
  it('is listed as such, stays as it was for visitors, and is published on request alone', async () => {
    const { fleet, upstream } = sample
    const { api } = fleet
    const put = (name: string, text: string) => writeFileSync(path.join(upstream.folder, name), text)
    const served = (name: string) => readFileSync(path.join(fleet.slaves[0]?.publicFolder ?? '', 'sums', name), 'utf8')
    const sumOf = (text: string) => createHash('sha256').update(text).digest('hex')
    put('image', 'one')
    put('SHA256SUMS', `${sumOf('one')}  image\n`)
    await api.ask('/add_project/', sample.payload('sums', { layout: 'checksums', publish: 'atomic' }))
    await api.sync('sums')
    await expect(api.ask('/publish_held/', { id: 'sums' })).rejects.toThrow(/holds nothing back/)

    put('image', 'damaged')
    put('SHA256SUMS', `${sumOf('two')}  image\n`)
    const { run } = await api.ask('/syncup/?id=sums')
    const ended = await api.waitForRun(run)
    expect(ended).toMatchObject({ state: 'blocked', error: { code: 'UPSTREAM_NOT_WHOLE' } })
    expect(served('image')).toBe('one')
    const [project] = await api.ask('/list_projects/?id=sums')
    expect(project).toMatchObject({ generation: 1, held: { run, problems: [expect.stringContaining('image')] } })
    expect(await api.ask('/list_generations/?id=sums')).toMatchObject([
      { generation: null, state: 'held' },
      { generation: 1, state: 'published', published_at: expect.any(String) },
    ])

    const published = await api.waitForRun((await api.ask('/publish_held/', { id: 'sums' })).run)
    expect(published).toMatchObject({ state: 'succeeded', generation: 2, upstream: { verify: { state: 'warned' } } })
    expect(served('image')).toBe('damaged')
    expect((await api.ask('/list_projects/?id=sums'))[0].held).toBeNull()
    expect(await api.ask('/list_generations/?id=sums')).toMatchObject([
      { generation: 2, state: 'published' },
      { generation: 1, state: 'kept' },
    ])
  })
})
