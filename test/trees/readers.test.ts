// What is served can be read by the programs of other users: a web server, an rsyncd.

import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { put, read, runBoth, startWith } from '../helpers/unlucky.ts'

/** Nobody: as root by setpriv(1); another user's test cannot change users, and looks at the modes alone. */
const asNobody = (file: string): string =>
  process.getuid?.() === 0
    ? execFileSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', 'cat', file], { encoding: 'utf8' })
    : read(path.dirname(file), path.basename(file))

it('an atomic tree can be read by another user, also one that an earlier version made private', async () => {
  const hops = await startWith((folder) => put(folder, 'sub/file', 'text'), { project: { publish: 'atomic' } })
  for (let above = path.dirname(path.dirname(hops.master())); above !== tmpdir(); above = path.dirname(above))
    chmodSync(above, 0o755)
  const check = () => {
    for (const tree of [hops.master(), hops.slave()]) {
      expect(asNobody(path.join(tree, 'sub/file'))).toBe('text')
      const control = path.join(path.dirname(tree), '.mirrorfleet', 'p-k')
      expect(statSync(control).mode & 0o777).toBe(0o755)
      const open = readdirSync(control).filter((name) => !['a', 'b'].includes(name))
      for (const name of open) expect([name, statSync(path.join(control, name)).mode & 0o077]).toEqual([name, 0])
    }
  }
  check()
  chmodSync(path.join(path.dirname(hops.slave()), '.mirrorfleet'), 0o700)
  chmodSync(path.join(path.dirname(hops.slave()), '.mirrorfleet', 'p-k'), 0o700)
  put(hops.upstream, 'other', 'new')
  await runBoth(hops)
  check()
})
