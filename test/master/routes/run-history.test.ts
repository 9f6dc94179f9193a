// The newest runs of several projects in one answer.

import { describe, expect, it } from 'vitest'
import { RUN } from '../../../master/openapi/examples.ts'
import { briefOf } from '../../../shared/schemas/brief-of.ts'
import { NO_CHANGES } from '../../../shared/trees/source.ts'
import { projectPayload as payload, useTestMaster } from '../../helpers/master.ts'

describe('run_history', () => {
  const master = useTestMaster()

  it('shows the newest runs of each project in one line, and leaves out projects that are gone', async () => {
    for (const project of ['one', 'two']) await master.ask('/add_project/', payload(master, { project }))
    for (let run = 0; run < 3; run++) await master.ask('/syncup/?id=one&dry_run=true')
    const { body: runs } = await master.ask('/list_runs/?id=one&limit=2')
    const { status, body } = await master.ask('/run_history/?ids=one,two,three,one&limit=2')
    expect(status).toBe(200)
    expect(Object.keys(body)).toEqual(['one', 'two'])
    expect(body.one).toHaveLength(runs.length)
    expect(body.one.map(({ run }: { run: string }) => run)).toEqual(runs.map(({ run }: { run: string }) => run))
    expect(body.one[0]).toMatchObject({ trigger: 'explicit', dry_run: true, unchanged: false })
    expect(body.two).toEqual([])
  })

  it.each(['', 'one,', '../etc', Array.from({ length: 101 }, (_, number) => `p${number}`).join()])(
    'refuses ids=%s and says what would be right',
    async (ids) => {
      const { status, body } = await master.ask(`/run_history/?ids=${encodeURIComponent(ids)}`)
      expect(status).toBe(400)
      expect(body.error).toMatchObject({ field: 'ids', message: expect.stringContaining('separated by commas') })
    },
  )
})

describe('briefOf', () => {
  const summary = { ...RUN.upstream.summary, added: 1, modified: 2, deleted: 3, bytes_transferred: 4 }
  const times = { queued_at: '2026-11-26T03:00:00.000Z', started_at: '2026-11-26T03:00:10.000Z' }

  it('counts the seconds from the start of the first stage, not from the queue', () => {
    const upstream = { ...RUN.upstream, summary: { ...NO_CHANGES, ...summary } }
    expect(briefOf({ ...RUN, ...times, finished_at: '2026-11-26T03:01:10.500Z', upstream })).toMatchObject({
      seconds: 60.5,
      changes: { added: 1, modified: 2, deleted: 3, bytes_transferred: 4 },
    })
  })

  it('takes no time for a run that was stopped in the queue, and none is known before the end', () => {
    expect(briefOf({ ...RUN, started_at: null, finished_at: times.queued_at }).seconds).toBe(0)
    expect(briefOf({ ...RUN, ...times, finished_at: null }).seconds).toBeNull()
  })
})
