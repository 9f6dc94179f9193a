// A slave whose disk, with all of its trees, is not mounted.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { compareTrees } from '../../scripts/sample/trees.ts'
import { useSample } from '../helpers/sample.ts'

const sample = useSample({ slaves: 1 })

it.each(['in_place', 'atomic'] as const)(
  'is not filled again before the operator says so, published %s',
  async (publish) => {
    const { api, slaves } = sample.fleet
    const [slave] = slaves
    if (slave === undefined) throw new Error('a slave is needed')
    const folder = slave.publicFolder
    const mark = path.join(path.dirname(folder), 'data', 'public-root')
    const change = () => writeFileSync(path.join(sample.upstream.folder, 'changing'), `${Math.random()}`)
    const unmount = () => {
      renameSync(folder, `${folder}.disk`)
      mkdirSync(folder)
    }
    await api.ask('/add_project/', sample.payload(publish, { publish }))
    expect(await api.sync(publish)).toMatchObject({ state: 'succeeded' })
    expect(existsSync(mark)).toBe(true)

    unmount()
    change()
    const { slaves: told } = await api.sync(publish)
    expect(told[0]).toMatchObject({ state: 'blocked', error: expect.stringContaining('Is its disk mounted?') })
    expect(told[0]?.error).toContain(mark)
    expect(readdirSync(folder, { recursive: true })).toEqual([])

    rmSync(folder, { recursive: true })
    renameSync(`${folder}.disk`, folder)
    change()
    expect(await api.sync(publish)).toMatchObject({ state: 'succeeded', error: null })
    expect(compareTrees(sample.upstream.folder, `${path.join(folder, publish)}/`)).toBe('')

    unmount()
    rmSync(mark)
    change()
    expect(await api.sync(publish)).toMatchObject({ state: 'succeeded', error: null })
    expect(compareTrees(sample.upstream.folder, `${path.join(folder, publish)}/`)).toBe('')
    rmSync(`${folder}.disk`, { recursive: true })
  },
)
