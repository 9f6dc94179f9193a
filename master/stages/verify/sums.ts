// Computes the sums of files, of the kinds that indices have.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { firstMember } from '../../layouts/gzip-member.ts'
import type { Sum } from '../../layouts/layout.ts'

/** The signature and the control segment of an apk, which has an install script at most. */
const APK_HEAD_BYTES = 4 * 1024 * 1024

/** Whether a file has a sum. @throws {Error} when it cannot be read. */
export async function hasSum(file: Buffer, sum: Sum): Promise<boolean> {
  if (sum.algorithm === 'apk-sha1' || sum.algorithm === 'apk-sha256') return hasApkSum(file, sum)
  return (await sumOf(file, sum.algorithm, 0)) === sum.hex
}

async function sumOf(file: Buffer, algorithm: string, start: number): Promise<string> {
  const hash = createHash(algorithm)
  for await (const chunk of createReadStream(file, { start, highWaterMark: 1024 * 1024 })) hash.update(chunk)
  return hash.digest('hex')
}

/**
 * An apk is three streams of gzip: signature, control segment, data. The index has the sum of the second as it is stored, which
 * names the sum of the third as `datahash`.
 */
async function hasApkSum(file: Buffer, { algorithm, hex }: Sum): Promise<boolean> {
  const handle = await open(file, 'r')
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(APK_HEAD_BYTES), 0, APK_HEAD_BYTES, 0)
    const head = buffer.subarray(0, bytesRead)
    const first = await firstMember(head)
    const isSigned = first.content.subarray(0, 6).toString('latin1') === '.SIGN.'
    const control = isSigned ? await firstMember(first.rest) : first
    const own = createHash(algorithm.slice('apk-'.length)).update(control.stored).digest('hex')
    const data = /^datahash = ([0-9a-f]{64})$/m.exec(control.content.toString('latin1'))?.[1]
    if (own !== hex || data === undefined) return own === hex
    return (await sumOf(file, 'sha256', bytesRead - control.rest.length)) === data
  } catch {
    // It is not three streams of gzip, or not whole ones.
    return false
  } finally {
    await handle.close()
  }
}
