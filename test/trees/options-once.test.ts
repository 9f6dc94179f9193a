// Options that concern the way from the upstream to the master are applied once.

import { chmodSync, lstatSync, readlinkSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { many, options, put, read, runBoth, startWith } from '../helpers/unlucky.ts'

describe.each(['in_place', 'atomic'] as const)('options of a project that is published %s', (publish) => {
  it('munge links on the master, and leave them so on the slave', async () => {
    const hops = await startWith(
      (folder) => {
        symlinkSync('../outside', path.join(folder, 'link'))
        put(folder, 'file', 'x')
      },
      { project: { publish, ...options('--munge-links') } },
    )
    for (let round = 0; round < 2; round++) {
      for (const tree of [hops.master(), hops.slave()])
        expect(readlinkSync(path.join(tree, 'link'))).toBe('/rsyncd-munged/../outside')
      put(hops.upstream, 'file', `round ${round}`)
      await runBoth(hops)
    }
  })

  it('select and map on the first hop alone', async () => {
    const hops = await startWith((folder) => many(folder, 5), {
      project: { publish, ...options('--chmod=F640', '--exclude=*.iso', '--bwlimit=50m', '-4', '--max-delete=100') },
    })
    put(hops.upstream, 'image.iso', 'never')
    put(hops.upstream, 'many/1', 'changed')
    chmodSync(path.join(hops.upstream, 'many/1'), 0o600)
    await runBoth(hops)
    for (const tree of [hops.master(), hops.slave()]) {
      expect(lstatSync(path.join(tree, 'many/1')).mode & 0o777).toBe(0o640)
      expect(read(tree, 'many/1')).toBe('changed')
    }
    const commands = hops
      .log()
      .split('\n')
      .filter((line) => line.startsWith('$') && line.includes('/mirror/p'))
    for (const command of commands.filter((line) => line.includes('mirror@')))
      expect(command).not.toMatch(/bwlimit|chmod=F640|iso| -4 |max-delete=100/)
  })

  it('have the limit of the hour in which an attempt begins in the place of their own', async () => {
    const bandwidth = [{ from: '08:00', to: '18:00', limit: '77m' }]
    const clock = { now: Date.parse('2026-11-26T08:00:00Z') }
    const hops = await startWith((folder) => many(folder, 3), {
      project: { publish, ...options('--bwlimit=50m'), bandwidth },
      now: () => clock.now,
    })
    const commands = (log: string) => log.split('\n').filter((line) => line.startsWith('$'))
    const byDay = hops.log()
    expect(commands(byDay).filter((line) => line.includes('--bwlimit=77m'))).not.toHaveLength(0)
    expect(commands(byDay).filter((line) => line.includes('--bwlimit=77m') && line.includes('mirror@'))).toHaveLength(0)
    expect(commands(byDay).filter((line) => line.includes('--bwlimit=50m'))).toHaveLength(0)
    clock.now = Date.parse('2026-11-26T18:00:00Z')
    put(hops.upstream, 'many/1', 'changed in the evening')
    expect(await hops.pull()).toMatchObject({ code: null })
    const byNight = commands(hops.log().slice(byDay.length))
    expect(byNight.filter((line) => line.includes('--bwlimit=50m'))).not.toHaveLength(0)
    expect(byNight.filter((line) => line.includes('--bwlimit=77m'))).toHaveLength(0)
  })

  it('of the fan-out are its own when it has some', async () => {
    const fanout_options = { basic: ['--bwlimit=77m'], defaults: ['-aH'], delete: '--delete' }
    const hops = await startWith((folder) => many(folder, 3), { project: { publish, fanout_options } })
    const fanOuts = hops.log().split('\n')
    expect(fanOuts.filter((line) => line.includes('--bwlimit=77m'))).not.toHaveLength(0)
    expect(fanOuts.filter((line) => line.includes('--bwlimit=77m') && !line.includes('mirror@'))).toHaveLength(0)
  })
})
