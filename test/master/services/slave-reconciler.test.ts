import { describe, expect, it } from 'vitest'
import { reconcileProject } from '../../../master/services/slave-reconciler.ts'
import { project } from '../../helpers/stored.ts'

const says = (anchor: typeof two) => ({ ...anchor, project: 'debian' })
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
