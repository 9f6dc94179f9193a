// What a probe that found nothing new means for the slaves.

import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { compareTrees } from '../../scripts/sample/trees.ts'
import { useSample } from '../helpers/sample.ts'

// The master looks at its slaves once, so that nothing but the runs brings one up to date.
const sample = useSample({ slaves: 2, settings: { SLAVE_POLL_S: '3600', RETRY_LIMIT: '0' } })
const write = (text: string) => writeFileSync(path.join(sample.upstream.folder, 'lastupdate'), text)
const slaveAt = (index: number) => {
  const slave = sample.fleet.slaves[index]
  if (slave === undefined) throw new Error('no such slave')
  return slave
}

beforeAll(() => write('0'))

describe.each(['in_place', 'atomic'] as const)('an unchanged run, published %s', (publish) => {
  const project = `unchanged-${publish}`

  it('tells no slave that has the generation, and every slave that lags', async () => {
    const { api } = sample.fleet
    await api.ask('/add_project/', sample.payload(project, { publish, probe: { file: 'lastupdate' } }))
    expect(await api.sync(project)).toMatchObject({ state: 'succeeded', slaves: [{}, {}] })
    expect(await api.sync(project)).toMatchObject({ state: 'succeeded', upstream: { state: 'unchanged' }, slaves: [] })

    await slaveAt(1).process?.stop()
    write(`for ${publish}`)
    expect(await api.sync(project)).toMatchObject({ state: 'partial', generation: 2, upstream: { state: 'succeeded' } })
    const missing = await api.sync(project)
    expect(missing).toMatchObject({
      state: 'partial',
      upstream: { state: 'unchanged' },
      slaves: [{ slave_id: slaveAt(1).id, state: 'unreachable' }],
    })
    // The other slave serves what there is.
    expect((await api.ask(`/list_projects/?id=${project}`))[0].last_success_at).toBe(missing.finished_at)
    const feed: { name: string; status: string }[] = await api.ask('/status.json')
    expect(feed.find(({ name }) => name === project)).toMatchObject({ status: 'success' })

    await sample.fleet.startSlave(slaveAt(1))
    const mended = await api.sync(project)
    expect(mended).toMatchObject({
      state: 'succeeded',
      generation: 2,
      upstream: { state: 'unchanged', scanned: 'none' },
      slaves: [{ slave_id: slaveAt(1).id, state: 'succeeded', generation: 2 }],
    })
    expect(compareTrees(sample.upstream.folder, path.join(slaveAt(1).publicFolder, project))).toBe('')
    expect((await api.ask(`/list_projects/?id=${project}`))[0].last_success_at).toBe(mended.finished_at)
    expect(await api.sync(project)).toMatchObject({ state: 'succeeded', slaves: [] })
  })
})

describe('a probe that the layout finds', () => {
  it('is the file that changes with everything else', async () => {
    const { api } = sample.fleet
    write('2000000000')
    await api.ask('/add_project/', sample.payload('auto', { layout: 'arch', probe: 'auto', publish: 'atomic' }))
    expect(await api.sync('auto')).toMatchObject({ upstream: { state: 'succeeded' } })
    expect(await api.sync('auto')).toMatchObject({ upstream: { state: 'unchanged' } })
    write('2000000100')
    expect(await api.sync('auto')).toMatchObject({ generation: 2, upstream: { state: 'succeeded' } })
    expect((await api.ask('/list_projects/?id=auto'))[0].probe).toBe('auto')
  })

  it('is none where there is no such file: every run walks, without a warning', async () => {
    const { api } = sample.fleet
    await api.ask('/add_project/', sample.payload('none', { layout: 'alpine', probe: 'auto', verify: 'off' }))
    for (let runs = 0; runs < 3; runs++)
      expect(await api.sync('none')).toMatchObject({ upstream: { state: 'succeeded', error: null } })
  })
})
