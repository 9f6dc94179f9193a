// The files that a list of sums names, for the layouts that have such lists.

import type { NamedFile } from './layout.ts'
import { linesOf } from './lines.ts'
import { baseOf, nameBelow } from './names.ts'
import { readSumLine } from './sum-lines.ts'

/** Files of a list of sums, below its folder. `list` is the list's own name: a lone sum is of the file `list` less its suffix. */
export async function* readSumList(
  content: AsyncIterable<Buffer>,
  { list, folder, absence }: { list: string; folder: string; absence: NamedFile['absence'] },
): AsyncGenerator<readonly NamedFile[]> {
  const own = baseOf(list)
  for await (const lines of linesOf(content)) {
    yield lines.flatMap((line) => {
      const found = readSumLine(line)
      // A lone sum on a line says of which file it is only by the list's name.
      const written = found?.name === '' ? own.slice(0, Math.max(0, own.lastIndexOf('.'))) : found?.name
      const name = written === undefined ? null : nameBelow(folder, written)
      if (found === null || name === null) return []
      return [{ name, size: null, sum: found.sum, reads: null, absence }]
    })
  }
}
