import { describe, expect, it } from 'vitest'
import { RUN } from '../../../master/openapi/examples.ts'
import { generationViews } from '../../../master/records/generation-views.ts'
import type { Run } from '../../../shared/schemas/run.ts'
import { NO_CHANGES } from '../../../shared/trees/source.ts'
import { project } from '../../helpers/stored.ts'

const anchor = (generation: number) => ({ generation, tag: String(generation).repeat(16) })
const run = (generation: number | null, more: Partial<Run> = {}, files = 0): Run => ({
  ...RUN,
  run: `p-${generation}`,
  generation,
  finished_at: `2026-11-2${generation}T00:00:00.000Z`,
  upstream: { ...RUN.upstream, summary: { ...NO_CHANGES, total_files: files, total_size: 10 * files } },
  ...more,
})
const stored = project('p', {
  ...anchor(4),
  publish: 'atomic',
  published: { ...anchor(4), sequence: 7 },
  total_files: 40,
  total_size: 400,
})

describe('the generations of a project', () => {
  it('are the published one and what is kept, newest first, with what their runs say', () => {
    const refresh = run(3, { run: 'p-refresh', upstream: { ...RUN.upstream, state: 'skipped' } })
    expect(generationViews(stored, [anchor(3), anchor(4)], [refresh, run(4, {}, 1), run(3, {}, 30)])).toEqual([
      { ...anchor(4), published_at: '2026-11-24T00:00:00.000Z', total_files: 40, total_size: 400, state: 'published' },
      { ...anchor(3), published_at: '2026-11-23T00:00:00.000Z', total_files: 30, total_size: 300, state: 'kept' },
    ])
  })

  it('have the older one published after a rollback', () => {
    const back = { ...stored, published: { ...anchor(3), sequence: 8 } }
    expect(generationViews(back, [anchor(3)], []).map(({ generation, state }) => [generation, state])).toEqual([
      [3, 'published'],
    ])
  })

  it('begin with what is held, which has no number', () => {
    const held = { ...stored, held: { run: 'p-held', problems: ['x'] } }
    const blocked = run(null, { run: 'p-held', state: 'blocked' }, 50)
    expect(generationViews(held, [], [blocked])[0]).toEqual({
      generation: null,
      tag: null,
      published_at: null,
      total_files: 50,
      total_size: 500,
      state: 'held',
    })
  })

  it('are none before the first sync, and one in place', () => {
    expect(generationViews(project('p'), [], [])).toEqual([])
    const inPlace = project('p', { ...anchor(2), total_files: 20, total_size: 200 })
    expect(generationViews(inPlace, [], [])).toMatchObject([{ ...anchor(2), state: 'published', total_files: 20 }])
  })
})
