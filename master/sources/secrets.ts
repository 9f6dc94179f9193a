// The secrets of a source: taken out before it is stored and shown, sealed by themselves, and put back when it is used. Pure.

import Type from 'typebox'
import { Value } from 'typebox/value'
import { atField, InvalidInput } from '../../shared/errors.ts'
import type { Source } from '../../shared/schemas/source.ts'

export type Secrets = Readonly<Record<string, string>>

const StoredSecrets = Type.Record(Type.String(), Type.String())

/** A source without its secrets, in whose places there is null, and the secrets by their names. */
export interface TakenApart {
  shown: Source
  secrets: Secrets
}

/** Names of secrets with their values; null keeps what is known. */
type Given = Readonly<Record<string, string | null>>

/**
 * `known` are the secrets that are stored for a source of the same kind.
 *
 * @throws {InvalidInput} that names the field: there is nothing to keep.
 */
export function takeSecrets(source: Source, known: Secrets): TakenApart {
  const bag = bagOf(source)
  if (bag === null) return { shown: source, secrets: {} }
  const entries = Object.entries(bag.given).map(([name, value]): [string, string] => {
    const kept = value ?? known[name]
    if (kept !== undefined) return [name, kept]
    const field = `source.${bag.field}.${name}`
    throw atField(new InvalidInput(`${field}: null keeps the value that is stored, and there is none yet`), field)
  })
  const secrets = Object.fromEntries(entries)
  return { shown: bag.fill(Object.fromEntries(entries.map(([name]) => [name, null]))), secrets }
}

/** A source as it is used. */
export function putSecrets(source: Source, secrets: Secrets): Source {
  return bagOf(source)?.fill(secrets) ?? source
}

/** Secrets as they are sealed. @throws {Error} when the text is something else. */
export function parseSecrets(text: string): Secrets {
  return Value.Parse(StoredSecrets, JSON.parse(text))
}

interface Bag {
  field: string
  given: Given
  fill: (values: Given) => Source
}

/** Where a kind of source has its secrets; null when it has none. */
function bagOf(source: Source): Bag | null {
  if (!('secrets' in source) || source.secrets === undefined) return null
  return { field: 'secrets', given: source.secrets, fill: (secrets) => ({ ...source, secrets }) }
}
