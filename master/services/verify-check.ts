// Checks what a project says of its verification, before it is stored.

import { open } from 'node:fs/promises'
import path from 'node:path'
import { atField, InvalidInput } from '../../shared/errors.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { isCode } from '../../shared/store/durable-file.ts'

/** @throws {InvalidInput} that names the field: a tree without indices cannot be verified, nor signatures without a keyring. */
export async function checkVerify(
  {
    layout = 'plain',
    verify = 'off',
    verify_keyring = null,
    by_index = false,
  }: Pick<StoredProject, 'layout' | 'verify' | 'verify_keyring' | 'by_index'>,
  keyrings: string | undefined,
): Promise<void> {
  if (layout === 'plain' && verify !== 'off')
    throw wrong(
      'verify',
      `"${verify}" needs a layout: a plain tree has no indices to check; give a layout, or verify "off"`,
    )
  if (by_index && (layout === 'plain' || layout === 'checksums'))
    throw wrong(
      'by_index',
      `the layout "${layout}" has no indices that name every file; use another layout, or by_index false`,
    )
  if (verify_keyring === null) return
  if (keyrings === undefined)
    throw wrong('verify_keyring', 'KEYRINGS_DIR is not set on the master; set it to the folder of the keyrings')
  const start = await readStart(path.join(keyrings, verify_keyring))
  if (start === null)
    throw wrong('verify_keyring', `there is no file "${verify_keyring}" in KEYRINGS_DIR that the master can read`)
  // gpgv cannot read it, and would say that the key is unknown. Alpine's keys are PEM.
  if (start.includes('BEGIN PGP'))
    throw wrong('verify_keyring', `"${verify_keyring}" is armored; convert it with gpg --dearmor`)
}

/** The first bytes of a file; null when there is none that can be read. */
async function readStart(file: string): Promise<string | null> {
  try {
    const handle = await open(file, 'r')
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(64), 0, 64, 0)
      return buffer.subarray(0, bytesRead).toString('latin1')
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EISDIR'].some((code) => isCode(error, code))) return null
    throw error
  }
}

function wrong(field: string, reason: string): Error {
  return atField(new InvalidInput(`${field}: ${reason}`), field)
}
