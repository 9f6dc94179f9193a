// One lowdb document with a schema, a version and migrations. Changes that arrive together share a write.

import { existsSync } from 'node:fs'
import { Low } from 'lowdb'
import type { Static, TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { BatchedState } from '../flow/batched-state.ts'
import { backupName, DurableFile } from './durable-file.ts'

/** The schema and version of a kind of document. `migrations[n]` converts data of version n to version n + 1. */
export interface DocumentKind<S extends TSchema> {
  name: string
  version: number
  schema: S
  migrations: Readonly<Record<number, (data: unknown) => unknown>>
  validator: Validator<Record<never, never>, S>
}

/** Thrown when a file cannot be used. The file is not changed. The message names its backup, if there is one. */
export class DocumentError extends Error {
  constructor(file: string, reason: string) {
    const backup = backupName(file)
    const advice = existsSync(backup)
      ? `The last good version is ${backup}; copy it over the file to continue from it.`
      : `There is no ${backup}; restore the file from your own backups.`
    super(`${file} ${reason}. The file was not changed. ${advice}`)
    this.name = 'DocumentError'
  }
}

interface Envelope {
  version: number
  data: unknown
}

/** Describes a kind of document; the schema is compiled once. */
export function documentKind<S extends TSchema>(
  kind: Omit<DocumentKind<S>, 'validator' | 'migrations'> & Partial<Pick<DocumentKind<S>, 'migrations'>>,
): DocumentKind<S> {
  return { migrations: {}, ...kind, validator: Compile(kind.schema) }
}

/** A document in memory and on disk. `data` is always what is on disk, never a change that is still being written. */
export class StoredDocument<S extends TSchema> {
  readonly #file: DurableFile
  readonly #low: Low<Static<S>>
  readonly #state: BatchedState<Static<S>>

  private constructor(kind: DocumentKind<S>, file: DurableFile, low: Low<Static<S>>) {
    this.#file = file
    this.#low = low
    // lowdb's own write() saves what has already changed in memory; here the disk comes first.
    this.#state = new BatchedState(low.data, async (next) => {
      await file.write(wrap(kind, next))
      low.data = next
    })
  }

  /**
   * Reads a document, or starts with `initial` when there is no file yet (nothing is written before the first change).
   * An older version is migrated and written back.
   *
   * @throws {DocumentError} for a corrupt file, one of a newer version, or a missing one without `initial`.
   */
  static async open<S extends TSchema>(
    kind: DocumentKind<S>,
    fileName: string,
    initial?: Static<S>,
  ): Promise<StoredDocument<S>> {
    const file = new DurableFile(fileName)
    const envelope = await readEnvelope(file, kind.name)
    const data = envelope === null ? initial : migrateData(kind, fileName, envelope)
    if (data === undefined) throw new DocumentError(fileName, 'is missing')
    const low = new Low<Static<S>>({ read: async () => null, write: (next) => file.write(wrap(kind, next)) }, data)
    if (envelope !== null && envelope.version < kind.version) await low.write()
    return new StoredDocument(kind, file, low)
  }

  get data(): Static<S> {
    return this.#low.data
  }

  /**
   * Applies a pure change and resolves when it is on disk. Changes that arrive during a write share the next one. When
   * `change` throws, only its own caller's promise rejects; when the write fails, memory and disk are unchanged.
   */
  update(change: (data: Static<S>) => Static<S>): Promise<void> {
    return this.#state.change(change)
  }

  /** Resolves when no write is in progress. */
  settle(): Promise<void> {
    return this.#state.settle()
  }

  /** Removes the document's file after the writes in progress. */
  async remove(): Promise<void> {
    await this.settle()
    await this.#file.remove()
  }
}

function wrap(kind: { version: number }, data: unknown): Envelope {
  return { version: kind.version, data }
}

async function readEnvelope(file: DurableFile, name: string): Promise<Envelope | null> {
  let content: unknown
  try {
    content = await file.read()
  } catch (error) {
    throw new DocumentError(file.file, `cannot be read as ${name}: ${error instanceof Error ? error.message : error}`)
  }
  if (content === null) return null
  const { version, data } = Object(content) as Partial<Envelope>
  if (!Number.isInteger(version) || data === undefined) throw new DocumentError(file.file, `is not a ${name}`)
  return { version: version as number, data }
}

/**
 * Migrates data to this version and checks it against the schema; `fileName` is for the error messages. @throws
 * {DocumentError}
 */
export function migrateData<S extends TSchema>(kind: DocumentKind<S>, fileName: string, envelope: Envelope): Static<S> {
  if (envelope.version > kind.version) {
    throw new DocumentError(
      fileName,
      `was written by a newer Mirrorfleet (${kind.name} version ${envelope.version}; this one supports ${kind.version})`,
    )
  }
  let { version, data } = envelope
  for (; version < kind.version; version++) {
    const step = kind.migrations[version]
    if (step === undefined)
      throw new DocumentError(fileName, `has version ${version}, which this Mirrorfleet can no longer migrate`)
    data = step(data)
  }
  if (kind.validator.Check(data)) return data
  const [problem] = kind.validator.Errors(data)
  throw new DocumentError(
    fileName,
    `is corrupt: ${problem?.instancePath || 'the document'} ${problem?.message ?? 'is wrong'}`,
  )
}
