// FIFOs, sockets and, as root, devices: what upstreams hold and mirrors do not.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, renameSync, rmdirSync } from 'node:fs'
import path from 'node:path'

const isRoot = process.getuid?.() === 0
/** A program that is killed leaves its socket behind; the path of one may have 107 bytes (unix(7)), so it goes there first. */
const SOCKET = 'require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))'

/**
 * Makes one at a name of any bytes; `chance`, from 0 up to 1, chooses its kind. Programs take names as text: it is made in a
 * folder beside `tree`, and moved.
 */
export function makeSpecial(at: Buffer, chance: number, tree: string): void {
  const folder = mkdtempSync(`${tree}-special-`)
  const file = path.join(folder, 'special')
  if (chance < 0.1) spawnSync(process.execPath, ['-e', SOCKET, 'special'], { cwd: folder })
  else if (chance < 0.4 && isRoot) execFileSync('mknod', [file, 'c', '1', '3'])
  else execFileSync('mkfifo', [file])
  renameSync(file, at)
  rmdirSync(folder)
}
