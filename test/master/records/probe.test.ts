import { describe, expect, it } from 'vitest'
import { makeProbed, planProbe } from '../../../master/records/probe.ts'
import { withGeneration, withProbed, withPublished } from '../../../master/records/project.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import { AT, project, WISH } from '../../helpers/stored.ts'

const TAG = 'a'.repeat(16)
const VALUE = { etag: '"1"' }
const NOW = Date.parse(AT(100))
const DAY_MS = 86_400_000
const counted = { total_files: 3, total_size: 3 }
const ended = (state: 'succeeded' | 'partial' | 'failed' | 'blocked' | 'stopped' | 'interrupted') => ({
  last_run: { run: 'p-k-1', state, finished_at: AT(90) },
})

/** A project whose first generation was made, and published, after a reading. */
const read = (publish: StoredProject['publish'], more: Partial<StoredProject> = {}): StoredProject => {
  const before = project('p', { probe: { file: 'lastupdate' }, publish, ...more })
  const made = withGeneration(before, { generation: 1, tag: TAG }, counted, 'rsync://example.org/m/')
  const kept = withProbed(made, makeProbed(before, VALUE, TAG, NOW))
  return { ...(publish === 'atomic' ? withPublished(kept, { generation: 1, tag: TAG }) : kept), ...ended('succeeded') }
}
const plan = (of: StoredProject, request: Partial<typeof WISH> = {}, now = NOW) =>
  planProbe(of, { ...WISH, ...request }, now, 7)

describe.each(['in_place', 'atomic'] as const)('the plan of a probe, published %s', (publish) => {
  it('is to compare with what was read before the published generation was made', () => {
    expect(plan(read(publish))).toEqual({ probe: { file: 'lastupdate' }, known: VALUE, isWalkDue: false })
    expect(plan({ ...read(publish), ...ended('partial') })).toMatchObject({ known: VALUE })
  })

  it('is to look for more after so many days, at the earliest', () => {
    expect(plan(read(publish), {}, NOW + 7 * DAY_MS - 1)).toMatchObject({ known: VALUE, isWalkDue: false })
    expect(plan(read(publish), {}, NOW + 7 * DAY_MS)).toMatchObject({ known: VALUE, isWalkDue: true })
  })

  it.each(['failed', 'blocked', 'stopped', 'interrupted'] as const)(
    'is only to read after a run that was %s',
    (state) => {
      expect(plan({ ...read(publish), ...ended(state) })).toMatchObject({ known: null, reason: expect.any(String) })
    },
  )

  it('is only to read in a full or forced run, and in none that counts for nothing', () => {
    expect(plan(read(publish), { mode: 'full' } as object)).toMatchObject({ known: null })
    expect(plan(read(publish), { force: true } as object)).toMatchObject({ known: null })
    expect(plan(read(publish), { dryRun: true } as object)).toBeNull()
    expect(plan({ ...read(publish), probe: null })).toBeNull()
  })

  it('is only to read when nothing was read, as before the first generation and after a probe that failed', () => {
    expect(plan(project('p', { probe: { file: 'f' }, publish }))).toMatchObject({ known: null })
    expect(plan(withProbed(read(publish), null))).toMatchObject({ known: null })
  })

  it.each([
    { rsync_host: 'other.example.org' },
    { rsync_port: 8730 },
    { rsync_module: 'm/sub' },
    { rsync_user: 'somebody' },
    { rsync_password: 'sealed anew' },
    { rsync_options: { basic: ['--exclude=x'], defaults: ['-a'], delete: '' } },
    { probe: { file: 'other' } },
    { probe: { url: 'https://example.org/lastupdate' } },
    { stages: 'debian' as const },
  ])('is only to read after a change to %j', (change) => {
    expect(plan({ ...read(publish), ...change })).toMatchObject({ known: null })
  })
})

describe('a reading of a generation that is not published', () => {
  it('counts for nothing: too few slaves were prepared', () => {
    const next = { generation: 2, tag: 'b'.repeat(16) }
    const made = withGeneration(read('atomic'), next, counted, 'rsync://example.org/m/')
    const kept = withProbed(made, makeProbed(made, VALUE, next.tag, NOW))
    expect(plan({ ...kept, ...ended('partial') })).toMatchObject({ known: null })
    expect(plan({ ...withPublished(kept, next), ...ended('partial') })).toMatchObject({ known: VALUE })
  })

  it('counts for nothing: the fleet was rolled back', () => {
    const next = { generation: 2, tag: 'b'.repeat(16) }
    const made = withGeneration(read('atomic'), next, counted, 'rsync://example.org/m/')
    const kept = withPublished(withProbed(made, makeProbed(made, VALUE, next.tag, NOW)), next)
    expect(plan({ ...withPublished(kept, { generation: 1, tag: TAG }), ...ended('succeeded') })).toMatchObject({
      known: null,
    })
  })
})
