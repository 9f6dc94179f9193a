// A fleet that an earlier version recorded (scripts/record-fleet.ts), unpacked to be opened by the present code.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { RecordedFleet } from '../../scripts/record-fleet.ts'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { temporaryFolder } from './folder.ts'

/** Its ports are free ones, and its paths lead to where it lies now. Below `root` everything lies as `startFleet` has it. */
export async function unpackRecordedFleet(archive: string): Promise<RecordedFleet> {
  const root = temporaryFolder()
  execFileSync('tar', ['--extract', '--gzip', `--file=${path.resolve(archive)}`, `--directory=${root}`])
  const file = path.join(root, 'answers.json')
  const recorded: RecordedFleet = JSON.parse(readFileSync(file, 'utf8'))
  const names = Object.keys(recorded.ports) as (keyof RecordedFleet['ports'])[]
  const free = await findFreePorts(names.length)
  const words = names.map((name, index): [RegExp, string] => {
    // Not in the middle of a tag.
    const word = new RegExp(`(?<![0-9a-f])${recorded.ports[name]}(?![0-9a-f])`, 'g')
    return [word, String(free[index])]
  })
  const replace = (text: string): string =>
    words.reduce((changed, [word, now]) => changed.replace(word, now), text.replaceAll(recorded.root, root))
  for (const folder of ['store', 'logs']) replaceBelow(path.join(root, 'master', folder), replace)
  return JSON.parse(replace(JSON.stringify(recorded)))
}

/** In the names of files too: that of a slave's log has the slave's port. */
function replaceBelow(folder: string, replace: (text: string) => string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    const file = path.join(entry.parentPath, entry.name)
    writeFileSync(file, replace(readFileSync(file, 'utf8')))
    renameSync(file, path.join(entry.parentPath, replace(entry.name)))
  }
}
