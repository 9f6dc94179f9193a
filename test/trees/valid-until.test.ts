// From when on apt refuses a repository, as its Release says.

import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { startHops } from '../helpers/hops.ts'
import { put } from '../helpers/unlucky.ts'

const PACKAGES = 'Package: nothing\nFilename: pool/nothing.deb\nSize: 1\n'
const release = (more: string) =>
  `Date: Thu, 26 Nov 2026 12:00:00 UTC\n${more}SHA256:\n ${createHash('sha256').update(PACKAGES).digest('hex')} ${PACKAGES.length} main/binary-amd64/Packages\n`

it.each(['in_place', 'atomic'] as const)(
  'is the earliest of all suites, of a project that is published %s',
  async (publish) => {
    const hops = await startHops({ project: { publish, layout: 'debian', stages: 'debian', verify: 'warn' } })
    put(hops.upstream, 'pool/nothing.deb', 'x')
    const write = (suite: string, more: string) => {
      put(hops.upstream, `dists/${suite}/main/binary-amd64/Packages`, PACKAGES)
      put(hops.upstream, `dists/${suite}/Release`, release(more))
    }
    write('stable', '')
    expect((await hops.pull()).verify).toMatchObject({ state: 'whole', valid_until: null })
    write('testing', 'Valid-Until: Thu, 03 Dec 2026 12:00:00 UTC\n')
    write('security', 'Valid-Until: Mon, 30 Nov 2026 12:00:00 UTC\n')
    expect((await hops.pull()).verify).toMatchObject({ state: 'whole', valid_until: '2026-11-30T12:00:00.000Z' })
  },
)
