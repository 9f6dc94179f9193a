// What operators would run without Mirrorfleet: one plain rsync of the whole tree from the master's rsyncd.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Fleet } from '../scripts/sample/fleet.ts'

/** Runs `rsync -aH --delete` of a project into a folder; returns how long it took, in milliseconds. */
export async function runPlain(fleet: Fleet, project: string, folder: string): Promise<number> {
  const password = readFileSync(path.join(fleet.dataFolder, 'secrets', 'rsyncd-password'), 'utf8')
  const source = `rsync://mirror@127.0.0.1:${fleet.ports.rsyncd}/mirror/${project}/`
  const started = performance.now()
  const rsync = spawn('rsync', ['-aH', '--delete', source, `${folder}/`], {
    env: { PATH: process.env.PATH, RSYNC_PASSWORD: password.trim() },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = await once(rsync, 'exit')
  if (code !== 0) throw new Error(`plain rsync ended with ${code}`)
  return performance.now() - started
}
