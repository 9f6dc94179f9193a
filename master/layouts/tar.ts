// Reads members of a tar as they come, with bounded memory.

import { Parser } from 'tar'

/** A part of a member's content; `isLast` comes with the part that ends it. */
export interface TarPart {
  name: string
  chunk: Buffer
  isLast: boolean
}

/** The parts of the members that are wanted, in batches. `content` is unpacked. @throws {Error} when the tar is damaged or cut. */
export async function* readTar(
  content: AsyncIterable<Buffer>,
  isWanted: (name: string) => boolean,
): AsyncGenerator<readonly TarPart[]> {
  let parts: TarPart[] = []
  let fault: Error | null = null
  const parser = new Parser({ strict: true })
  parser.on('error', (error: Error) => {
    fault ??= error
  })
  parser.on('entry', (entry) => {
    if (!isWanted(entry.path)) return entry.resume()
    entry.on('data', (chunk: Buffer) => parts.push({ name: entry.path, chunk, isLast: false }))
    entry.on('end', () => parts.push({ name: entry.path, chunk: Buffer.alloc(0), isLast: true }))
  })
  const take = (): TarPart[] => {
    if (fault !== null) throw fault
    const batch = parts
    parts = []
    return batch
  }
  for await (const chunk of content) {
    parser.write(chunk)
    yield take()
  }
  parser.end()
  yield take()
}
