import { expect, it } from 'vitest'
import { mayManage } from '../../../shared/schemas/roles.ts'

const PROJECT = { owner: 'alice' }

it.each([
  ['root', 'root', true],
  ['alice', 'upstreamuser', true],
  ['bob', 'upstreamuser', false],
  // An owner may have lost the role since.
  ['alice', 'viewer', false],
] as const)('%s as %s may manage a project of alice: %s', (username, role, expected) => {
  expect(mayManage({ username, role }, PROJECT)).toBe(expected)
})
