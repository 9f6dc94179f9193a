// Indices are unpacked by their first bytes, whatever they are called, and never without end.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { unpack } from '../../../../master/stages/verify/unpack.ts'
import { openChildRegistry } from '../../../../shared/process/child-registry.ts'
import { temporaryFolder } from '../../../helpers/folder.ts'

const TEXT = Buffer.from('Package: x\n'.repeat(50_000))
const pack = (program: string, bytes: Buffer): Buffer =>
  spawnSync(program, ['-c'], { input: bytes, maxBuffer: 1e9 }).stdout

async function readAll(bytes: Buffer, most = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const folder = temporaryFolder()
  const file = path.join(folder, 'index')
  writeFileSync(file, bytes)
  const deps = {
    children: openChildRegistry(path.join(folder, 'children')),
    home: folder,
    signal: new AbortController().signal,
  }
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of unpack(Buffer.from(file), deps)) {
    chunks.push(chunk)
    length += chunk.length
    if (length > most) break
  }
  return Buffer.concat(chunks)
}

describe.each(['gzip', 'xz', 'zstd', 'bzip2'])('%s', (program) => {
  it('is read whole', async () => expect((await readAll(pack(program, TEXT))).equals(TEXT)).toBe(true))

  it('is refused when it is cut', async () => {
    const packed = pack(program, TEXT)
    await expect(readAll(packed.subarray(0, packed.length - 20))).rejects.toThrow()
  })

  it('ends early without harm when its reader does', async () => {
    expect((await readAll(pack(program, TEXT), 10)).length).toBeLessThanOrEqual(TEXT.length)
  })

  it('is refused when it unpacks without end', async () => {
    await expect(readAll(pack(program, Buffer.alloc(80 * 1024 * 1024)))).rejects.toThrow(/unpacks to more than/)
  })
})

describe('several streams of gzip in one file', () => {
  it('are all read', async () => {
    const both = Buffer.concat([gzipSync('one, '), gzipSync('two')])
    expect(String(await readAll(both))).toBe('one, two')
  })
})

describe('a file that is not packed', () => {
  it('is read as it is', async () => expect(String(await readAll(Buffer.from('plain')))).toBe('plain'))
})
