import { describe, expect, it } from 'vitest'
import { assertMayManage, assertRole } from '../../../master/users/roles.ts'
import { MANAGERS } from '../../../shared/schemas/roles.ts'
import type { Role } from '../../../shared/schemas/user.ts'

const identity = (role: Role, username = 'anna') => ({ username, role, expiresAt: null })

describe('a route for some roles', () => {
  it.each<[Role, readonly Role[], boolean]>([
    ['root', ['root'], true],
    ['upstreamuser', ['root'], false],
    ['viewer', ['root'], false],
    ['root', MANAGERS, true],
    ['upstreamuser', MANAGERS, true],
    ['viewer', MANAGERS, false],
    ['root', ['viewer'], false],
    ['root', [], false],
  ])('lets %s in where %j may enter: %s', (role, roles, isIn) => {
    const enter = () => assertRole(identity(role), roles)
    if (isIn) expect(enter).not.toThrow()
    else expect(enter).toThrow(expect.objectContaining({ code: 'ROLE_FORBIDDEN', statusCode: 403 }))
  })

  it('tells who is refused which roles it takes', () => {
    expect(() => assertRole(identity('viewer'), MANAGERS)).toThrow(/root or upstreamuser.*"anna".*viewer/)
  })
})

describe('a project', () => {
  it.each<[Role, string, boolean]>([
    ['root', 'anna', true],
    ['root', 'somebody else', true],
    ['upstreamuser', 'anna', true],
    ['upstreamuser', 'somebody else', false],
    ['viewer', 'anna', false],
    ['viewer', 'somebody else', false],
  ])('is for anna as %s to manage, when it belongs to %s: %s', (role, owner, may) => {
    const manage = () => assertMayManage(identity(role), { id: 'debian', owner })
    if (may) expect(manage).not.toThrow()
    else expect(manage).toThrow(expect.objectContaining({ code: 'NOT_OWNER', statusCode: 403 }))
  })

  it('belongs to a name letter by letter', () => {
    expect(() => assertMayManage(identity('upstreamuser', 'Anna'), { id: 'debian', owner: 'anna' })).toThrow()
  })
})
