// A slave that lags follows also while the upstream is away: no run need succeed for that.

import { describe, expect, it } from 'vitest'
import { usePublishing } from '../helpers/publishing.ts'

// The master looks at its slaves once, so that nothing but the runs brings one up to date.
const { sample, slaveAt, servedBy, newsOf, add, publishNews } = usePublishing({
  SLAVE_POLL_S: '3600',
  RETRY_LIMIT: '0',
})

describe.each(['in_place', 'atomic'] as const)('a slave that lags, published %s', (publish) => {
  const project = `away-${publish}`

  it('follows by a run whose upstream does not answer, which is failed all the same', async () => {
    const { api, startSlave } = sample.fleet
    await add(project, { publish })
    await publishNews(project, 'one\n')
    await slaveAt(1).process?.stop()
    expect(await publishNews(project, 'two\n')).toMatchObject({ state: 'partial', generation: 2 })
    // Nothing listens there.
    await api.ask('/update_project/basic/', { id: project, rsync_port: 9 })
    const failed = { state: 'failed', upstream: { state: 'failed' }, error: { code: 'UPSTREAM_FAILED' } }
    expect(await api.sync(project)).toMatchObject({
      ...failed,
      slaves: [{ slave_id: slaveAt(1).id, state: 'unreachable' }],
    })
    await startSlave(slaveAt(1))
    expect(await api.sync(project, '&dry_run=true')).toMatchObject({ ...failed, slaves: [] })
    expect(newsOf(servedBy(slaveAt(1), project))).toBe('one\n')
    expect(await api.sync(project)).toMatchObject({
      ...failed,
      generation: 2,
      slaves: [{ slave_id: slaveAt(1).id, state: 'succeeded', generation: 2 }],
    })
    expect(newsOf(servedBy(slaveAt(1), project))).toBe('two\n')
    expect(await api.sync(project)).toMatchObject({ ...failed, slaves: [] })
    for (const slave of await api.ask('/list_slaves/')) expect(slave.projects[project]).toMatchObject({ lag: 0 })
  })
})
