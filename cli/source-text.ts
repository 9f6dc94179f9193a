// A source as one argument of the command line: the name of a kind, an address of git, or its fields as JSON. Pure.

import { UsageError } from './usage-error.ts'

const REPOSITORY = /^(?:https?|git):\/\/\S*?([^/\s]+?)(?:\.git)?\/?$/

/** The master checks the fields, and names the one that is wrong. @throws {UsageError} */
export function readSource(text: string): object {
  if (/^[a-z]+$/.test(text)) return { kind: text }
  if (REPOSITORY.test(text)) return { kind: 'git', url: text }
  try {
    const source: unknown = JSON.parse(text)
    if (typeof source === 'object' && source !== null && !Array.isArray(source)) return source
  } catch {}
  throw new UsageError(
    `--source: "${text}" is neither the name of a kind, an address of git, nor a JSON object such as {"kind": "folder"}`,
  )
}

/** The name of a project that is added by the address of its repository, which ends in `.git`; null for a plain name. */
export function repositoryName(text: string): string | null {
  return /\.git\/?$/.test(text) ? (REPOSITORY.exec(text)?.[1] ?? null) : null
}
