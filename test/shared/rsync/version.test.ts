import { chmodSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openChildRegistry } from '../../../shared/process/child-registry.ts'
import { assertRsyncVersion, isExposed } from '../../../shared/rsync/version.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

/** A program that says of itself what an rsync of that version says. */
const check = (says: string) => {
  const home = temporaryFolder()
  const bin = path.join(home, 'program')
  writeFileSync(bin, `#!/bin/sh\necho '${says}'\n`)
  chmodSync(bin, 0o755)
  return assertRsyncVersion({ bin, home, children: openChildRegistry(path.join(home, 'children')) })
}

describe('assertRsyncVersion', () => {
  it('takes what is new enough and refuses what is not, with what to do', async () => {
    expect(await check('rsync  version 3.2.5  protocol version 31')).toEqual([3, 2, 5])
    expect(await check('rsync  version v3.5.0  protocol version 32')).toEqual([3, 5, 0])
    await expect(check('rsync  version 3.2.4  protocol version 31')).rejects.toThrow(/3.2.4 is too old; version 3.2.5/)
    await expect(check('openrsync: protocol version 29')).rejects.toThrow(/set RSYNC_BIN/)
    const home = temporaryFolder()
    const missing = { bin: '/no/such/rsync', home, children: openChildRegistry(home) }
    await expect(assertRsyncVersion(missing)).rejects.toThrow(/Install rsync/)
  })

  it('warns of what its number alone does not tell to be mended', () => {
    expect(
      [
        [3, 4, 9],
        [3, 2, 7],
        [2, 9, 9],
      ].map(([a = 0, b = 0, c = 0]) => isExposed([a, b, c])),
    ).toEqual([true, true, true])
    expect(
      [
        [3, 5, 0],
        [3, 10, 0],
        [4, 0, 0],
      ].map(([a = 0, b = 0, c = 0]) => isExposed([a, b, c])),
    ).toEqual([false, false, false])
  })
})
