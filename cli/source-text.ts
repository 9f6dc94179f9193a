// A source as one argument of the command line: the name of a kind, an address of git or rclone, or its fields as JSON. Pure.

import { readRclone } from '../shared/rclone-address.ts'
import { isRepositoryAddress } from '../shared/repository-name.ts'
import { UsageError } from './usage-error.ts'

/** The master checks the fields, and names the one that is wrong. @throws {UsageError} */
export function readSource(text: string): object {
  if (/^[a-z]+$/.test(text)) return { kind: text }
  if (isRepositoryAddress(text)) return { kind: 'git', url: text }
  const remote = readRclone(text)
  if (remote !== null) return remote
  try {
    const source: unknown = JSON.parse(text)
    if (typeof source === 'object' && source !== null && !Array.isArray(source)) return source
  } catch {}
  throw new UsageError(
    `--source: "${text}" is neither the name of a kind, an address of git, an address of rclone such as rclone:s3://bucket/path, nor a JSON object such as {"kind": "folder"}`,
  )
}
