import { describe, expect, it } from 'vitest'
import { createSlaveReconciler, reconcileProject } from '../../../master/services/slave-reconciler.ts'
import type { Jobs } from '../../../shared/schemas/messages.ts'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import { AT, project } from '../../helpers/stored.ts'

const says = (anchor: typeof two, name = 'debian') => ({ ...anchor, project: name })
const two = { generation: 2, tag: 'two', drift: null }
const three = { generation: 3, tag: 'three', drift: null }
const before = project('debian', { anchors: { 'a:1': two, 'b:1': two } })

describe('reconcileProject', () => {
  it('leaves what is known already', () => {
    expect(reconcileProject(before, 'a:1', says(two))).toBe(before)
    expect(reconcileProject(before, 'c:1', undefined)).toBe(before)
  })

  it('takes what the slave says, and leaves the other slaves alone', () => {
    expect(reconcileProject(before, 'a:1', says(three)).anchors).toEqual({ 'a:1': three, 'b:1': two })
    expect(reconcileProject(before, 'c:1', says(three)).anchors).toEqual({ ...before.anchors, 'c:1': three })
  })

  it('forgets a tree that the slave does not have any more', () => {
    expect(reconcileProject(before, 'a:1', undefined).anchors).toEqual({ 'b:1': two })
  })
})

describe('the reconciliation of a slave', () => {
  const slave = { id: 'a:1', hostname: 'a', port: 1, upstream: null, created_at: AT(0) }

  /** A store of two projects, and what a slave says of its trees; it can be changed between the rounds. */
  function createRound() {
    const projects = new Map([project('debian'), project('cpan')].map((one) => [one.key, one]))
    const state = {
      digest: 'one' as string | null,
      isReached: true,
      /** Without the digest of its trees, as from a slave of an earlier version. */
      answer: { anchors: { 'debian-k': says(two), 'cpan-k': says(three, 'cpan') } } as Pick<Jobs, 'anchors' | 'trees'>,
      active: new Set<string>(),
      asked: 0,
      lead: true,
      unwritable: null as string | null,
      errors: [] as unknown[],
      renamed: [] as string[],
    }
    const updateProject = async (key: string, change: (project: StoredProject) => StoredProject) => {
      const found = projects.get(key)
      if (found === undefined || key === state.unwritable) throw new Error(`${key} cannot be written`)
      const changed = change(found)
      projects.set(key, changed)
      return changed
    }
    const { reconcile } = createSlaveReconciler({
      store: {
        listProjects: async () => [...projects.values()],
        findProjectByKey: async (key) => projects.get(key) ?? null,
        updateProject,
      },
      slaves: {
        treesOf: () => state.digest,
        statesOf: async () => {
          state.asked += 1
          return state.isReached ? state.answer : null
        },
        renameTree: async ({ id }, { project: name }) => {
          if (!state.isReached) throw new Error('it is off')
          state.renamed.push(`${id} ${name}`)
        },
      },
      runs: { isActive: (key) => state.active.has(key) },
      isLead: () => state.lead,
      onError: (_error, details) => state.errors.push(details.project),
    })
    return {
      state,
      reconcile: () => reconcile([slave]),
      /** What a run, or a report that comes late, has the master believe of the slave's tree. */
      rename: (key: string, name: string) => updateProject(key, (project) => ({ ...project, project: name })),
      learn: (key: string, anchor: typeof two) =>
        updateProject(key, (project) => ({ ...project, anchors: { ...project.anchors, [slave.id]: anchor } })),
      known: () => [...projects.values()].map(({ anchors }) => anchors[slave.id]?.generation ?? null),
    }
  }

  it('stores what the slave says, and asks again only when its trees have changed', async () => {
    const { state, reconcile, known } = createRound()
    await reconcile()
    await reconcile()
    expect([known(), state.asked]).toEqual([[2, 3], 1])
    state.digest = 'two'
    await reconcile()
    expect(state.asked).toBe(2)
  })

  it('asks a slave that lost between two rounds what the master has learned meanwhile: its trees are as before', async () => {
    const { state, reconcile, learn, known } = createRound()
    await reconcile()
    await learn('debian-k', three)
    await reconcile()
    expect([known(), state.asked]).toEqual([[2, 3], 2])
    await reconcile()
    expect(state.asked).toBe(2)
  })

  it('asks a slave that never had what a late report says', async () => {
    const { state, reconcile, learn, known } = createRound()
    state.answer.anchors = {}
    await reconcile()
    await learn('cpan-k', three)
    await reconcile()
    expect([known(), state.asked]).toEqual([[null, null], 2])
  })

  it('asks again when the trees had changed between the look and the answer, and are as they were at the look', async () => {
    const { state, reconcile, known } = createRound()
    state.answer.trees = 'two'
    await reconcile()
    expect(known()).toEqual([2, 3])
    state.answer = { anchors: {}, trees: 'one' }
    await reconcile()
    await reconcile()
    expect([known(), state.asked]).toEqual([[null, null], 2])
  })

  it('takes a tree without a number for none, and does not ask of it again', async () => {
    const { state, reconcile, known } = createRound()
    state.answer.anchors = { 'debian-k': { ...says(two), generation: null } }
    await reconcile()
    await reconcile()
    expect([known(), state.asked]).toEqual([[null, null], 1])
  })

  it('leaves a project that is being synced for the next round', async () => {
    const { state, reconcile, known } = createRound()
    state.active.add('debian-k')
    await reconcile()
    expect(known()).toEqual([null, 3])
    state.active.clear()
    await reconcile()
    expect([known(), state.asked]).toEqual([[2, 3], 2])
  })

  it('asks again when the slave could not be reached, and not before its trees are known of', async () => {
    const { state, reconcile, known } = createRound()
    state.digest = null
    await reconcile()
    expect(state.asked).toBe(0)
    Object.assign(state, { digest: 'one', isReached: false })
    await reconcile()
    expect(known()).toEqual([null, null])
    state.isReached = true
    await reconcile()
    expect([known(), state.asked]).toEqual([[2, 3], 2])
  })

  it('looks again when this master begins to lead a project that it had left to another one', async () => {
    const { state, reconcile, known } = createRound()
    state.lead = false
    await reconcile()
    await reconcile()
    expect([known(), state.asked]).toEqual([[null, null], 1])
    state.lead = true
    await reconcile()
    await reconcile()
    expect([known(), state.asked]).toEqual([[2, 3], 2])
  })

  it('goes on when a project cannot be written, and tries that one again in the next round', async () => {
    const { state, reconcile, known } = createRound()
    state.unwritable = 'debian-k'
    await reconcile()
    expect([known(), state.errors]).toEqual([[null, 3], ['debian']])
    state.unwritable = null
    await reconcile()
    expect(known()).toEqual([2, 3])
  })

  it('tells a slave that was off of a new name, once it has taken it, and not again', async () => {
    const { state, reconcile, rename } = createRound()
    await reconcile()
    await rename('debian-k', 'debian-archive')
    await reconcile()
    expect(state.renamed).toEqual(['a:1 debian-archive'])
    state.answer = { anchors: { ...state.answer.anchors, 'debian-k': says(two, 'debian-archive') } }
    state.digest = 'two'
    await reconcile()
    await reconcile()
    expect([state.renamed.length, state.asked]).toEqual([1, 3])
  })

  it('leaves the projects of other masters to them', async () => {
    const { state, reconcile, known } = createRound()
    state.lead = false
    await reconcile()
    expect(known()).toEqual([null, null])
  })
})
