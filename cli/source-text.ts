// A source as one argument of the command line: the name of a kind, an address of git, or its fields as JSON. Pure.

import { isRepositoryAddress } from '../shared/repository-name.ts'
import { UsageError } from './usage-error.ts'

/** The master checks the fields, and names the one that is wrong. @throws {UsageError} */
export function readSource(text: string): object {
  if (/^[a-z]+$/.test(text)) return { kind: text }
  if (isRepositoryAddress(text)) return { kind: 'git', url: text }
  try {
    const source: unknown = JSON.parse(text)
    if (typeof source === 'object' && source !== null && !Array.isArray(source)) return source
  } catch {}
  throw new UsageError(
    `--source: "${text}" is neither the name of a kind, an address of git, nor a JSON object such as {"kind": "folder"}`,
  )
}
