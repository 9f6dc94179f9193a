// Unpacks an index as it is read, by its first bytes, whatever its name says.

import { open } from 'node:fs/promises'
import { PassThrough, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { ChildRegistry } from '../../../shared/process/child-registry.ts'
import { runCommand } from '../../../shared/process/run.ts'

export interface UnpackDeps {
  children: ChildRegistry
  /** An empty folder that is the home of the programs. */
  home: string
  signal: AbortSignal
}

/** Real indices unpack to at most some twenty times their size; small ones of much repetition to more. */
const MOST_TIMES = 200
const ALWAYS_ALLOWED_BYTES = 64 * 1024 * 1024
const MOST_BYTES = 8 * 1024 * 1024 * 1024

/**
 * What packs with which first bytes. gzip is Node's own; for the others Node.js 20 has nothing, and no package without install
 * scripts is both kept well and as fast, so the system's programs do it. Each is bounded in its memory.
 */
const PACKERS: readonly { magic: string; program: readonly string[] | null }[] = [
  { magic: '1f8b', program: null },
  { magic: 'fd377a585a00', program: ['xz', '--decompress', '--stdout', '--memlimit-decompress=256MiB'] },
  { magic: '28b52ffd', program: ['zstd', '--decompress', '--stdout', '--quiet', '--memory=256MB'] },
  { magic: '425a68', program: ['bzip2', '--decompress', '--stdout'] },
]

/**
 * The content of a file, unpacked if it is packed. It ends early without harm when the reader does.
 *
 * @throws {Error} when it is damaged or cut, unpacks to far more than an index does, or the program for it is missing.
 */
export async function* unpack(file: Buffer, deps: UnpackDeps): AsyncGenerator<Buffer> {
  const handle = await open(file, 'r')
  const { size } = await handle.stat()
  const first = (await handle.read(Buffer.alloc(6), 0, 6, 0)).buffer.toString('hex')
  const packer = PACKERS.find(({ magic }) => first.startsWith(magic))
  const stream = handle.createReadStream({ start: 0 })
  if (packer === undefined) yield* stream
  else if (packer.program === null) yield* limited(gunzip(stream), size)
  else {
    stream.destroy()
    yield* limited(unpackBy(packer.program, file, deps), size)
  }
}

/** Node reads all streams that stand one after another in a file. */
async function* gunzip(stream: Readable): AsyncGenerator<Buffer> {
  const gunzip = createGunzip()
  stream.on('error', (error) => gunzip.destroy(error))
  try {
    yield* stream.pipe(gunzip)
  } finally {
    stream.destroy()
  }
}

async function* unpackBy(program: readonly string[], file: Buffer, deps: UnpackDeps): AsyncGenerator<Buffer> {
  const [bin = '', ...argv] = program
  const path = file.toString('utf8')
  if (!Buffer.from(path, 'utf8').equals(file)) throw new Error('its name cannot be handed to a program')
  const content = new PassThrough()
  const enough = new AbortController()
  const signal = AbortSignal.any([deps.signal, enough.signal])
  let complaint = ''
  const onStderr = (line: string) => {
    complaint = line
  }
  const ended = runCommand({ ...deps, bin, argv, signal, stdinFile: path, stdoutTo: content, onStderr })
  try {
    yield* content
    const { exitCode, startError } = await ended
    if (startError !== null) throw new Error(`${bin} is needed to unpack it and cannot be started; install it`)
    deps.signal.throwIfAborted()
    if (exitCode !== 0) throw new Error(complaint || `${bin} ended with code ${exitCode}`)
  } finally {
    enough.abort()
    content.destroy()
    await ended
  }
}

async function* limited(content: AsyncIterable<Buffer>, packed: number): AsyncGenerator<Buffer> {
  const most = Math.min(MOST_BYTES, Math.max(ALWAYS_ALLOWED_BYTES, packed * MOST_TIMES))
  let length = 0
  for await (const chunk of content) {
    length += chunk.length
    if (length > most) throw new Error(`it unpacks to more than ${most} bytes`)
    yield chunk
  }
}
