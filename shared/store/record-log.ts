// A file of records, one JSON text per line. Changes are appended, so a change costs its own size, however much is stored.

import { type FileHandle, open, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Static, TSchema } from 'typebox'
import { DocumentError, type DocumentKind, migrateData } from './document.ts'
import { isCode, syncFolder } from './durable-file.ts'
import { writeWhole } from './write-whole.ts'

/** The content of the first line. */
interface Head {
  version: number
  records: string
}

/** The file is rewritten when its outdated lines are larger than this, and larger than its current ones. */
const LEAST_DEAD_BYTES = 256 * 1024

/**
 * Records by id, in the order in which they were first put. A completed put survives a power cut. An incomplete last
 * line was never acknowledged, and the next put overwrites it.
 */
export class RecordLog<S extends TSchema> {
  readonly #kind: DocumentKind<S>
  readonly #file: string
  readonly #idOf: (record: Static<S>) => string
  readonly #records = new Map<string, Static<S>>()
  /** Bytes of each record's newest line. */
  readonly #sizes = new Map<string, number>()
  #live = 0
  /** Where the next line goes; 0 while there is no file. */
  #end = 0
  /** True while the file may end in an incomplete line. */
  #isTorn = true
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(kind: DocumentKind<S>, file: string, idOf: (record: Static<S>) => string) {
    this.#kind = kind
    this.#file = file
    this.#idOf = idOf
  }

  /**
   * Reads a log, or starts one (nothing is written before the first record). `kind` describes one record. Records of an
   * older version are migrated, and the file is rewritten.
   *
   * @throws {DocumentError} for a corrupt file, or one of a newer version.
   */
  static async open<S extends TSchema>(
    kind: DocumentKind<S>,
    file: string,
    idOf: (record: Static<S>) => string,
  ): Promise<RecordLog<S>> {
    const log = new RecordLog(kind, file, idOf)
    await log.#read()
    return log
  }

  /** Oldest first. */
  list(): readonly Static<S>[] {
    return [...this.#records.values()]
  }

  find(id: string): Static<S> | null {
    return this.#records.get(id) ?? null
  }

  /**
   * Adds or replaces records, and keeps the newest `most`. Resolves with the ids of dropped records when all is on
   * disk.
   */
  put(records: readonly Static<S>[], most: number): Promise<string[]> {
    return this.#oneByOne(async () => {
      const lines = records.map((record) => `${JSON.stringify(record)}\n`)
      await this.#append(lines.join(''))
      for (const [index, record] of records.entries()) this.#remember(record, Buffer.byteLength(lines[index] ?? ''))
      const dropped = [...this.#records.keys()].slice(0, Math.max(0, this.#records.size - most))
      for (const id of dropped) this.#forget(id)
      // The records are on disk. When the rewrite fails, for example on a full disk, the put succeeds, and a later put
      // tries again.
      if (this.#end - this.#live > Math.max(this.#live, LEAST_DEAD_BYTES)) await this.#rewrite().catch(() => {})
      return dropped
    })
  }

  /** Forgets records. The file has their lines until it is rewritten: who opens it again forgets them again. */
  drop(ids: Iterable<string>): void {
    for (const id of ids) this.#forget(id)
  }

  /** Removes the file. */
  remove(): Promise<void> {
    return this.#oneByOne(async () => {
      await rm(this.#file, { force: true })
      await syncFolder(path.dirname(this.#file))
      this.#end = 0
    })
  }

  async settle(): Promise<void> {
    await this.#writing.catch(() => {})
  }

  #oneByOne<R>(work: () => Promise<R>): Promise<R> {
    const done = this.#writing.catch(() => {}).then(work)
    this.#writing = done
    return done
  }

  async #append(text: string): Promise<void> {
    const isNew = this.#end === 0
    const whole = isNew ? this.#headLine() + text : text
    const handle = await openForWriting(this.#file)
    try {
      const bytes = Buffer.from(whole)
      // The rest of an incomplete line must not look like part of this one.
      if (this.#isTorn) await handle.truncate(this.#end)
      this.#isTorn = true
      await writeAll(handle, bytes, this.#end)
      await handle.datasync()
      this.#isTorn = false
      this.#end += bytes.length
    } finally {
      await handle.close()
    }
    if (isNew) await syncFolder(path.dirname(this.#file))
  }

  /** Replaces the file in one step. */
  async #rewrite(): Promise<void> {
    const lines = [...this.#records.values()].map((record) => `${JSON.stringify(record)}\n`)
    const text = this.#headLine() + lines.join('')
    await writeWhole(this.#file, text)
    await syncFolder(path.dirname(this.#file))
    this.#end = Buffer.byteLength(text)
  }

  #headLine(): string {
    return `${JSON.stringify({ version: this.#kind.version, records: this.#kind.name } satisfies Head)}\n`
  }

  #remember(record: Static<S>, bytes: number): void {
    const id = this.#idOf(record)
    this.#live += bytes - (this.#sizes.get(id) ?? 0)
    this.#sizes.set(id, bytes)
    this.#records.set(id, record)
  }

  #forget(id: string): void {
    this.#live -= this.#sizes.get(id) ?? 0
    this.#sizes.delete(id)
    this.#records.delete(id)
  }

  async #read(): Promise<void> {
    const text = await readFile(this.#file, 'utf8').catch((error) => {
      if (isCode(error, 'ENOENT')) return ''
      throw error
    })
    // Text after the last line feed is an incomplete line.
    const lines = text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .slice(0, -1)
    const [first, ...others] = lines
    if (first === undefined) return
    const { version, records } = this.#parse(first, 1) as Partial<Head>
    if (version === undefined || records !== this.#kind.name)
      throw new DocumentError(this.#file, `is not a log of the records "${this.#kind.name}"`)
    for (const [index, line] of others.entries()) {
      const data = migrateData(this.#kind, `${this.#file}, line ${index + 2},`, {
        version,
        data: this.#parse(line, index + 2),
      })
      this.#remember(data, Buffer.byteLength(line) + 1)
    }
    this.#end = Buffer.byteLength(lines.join('\n')) + 1
    if (version < this.#kind.version) await this.#rewrite()
  }

  #parse(line: string, number: number): unknown {
    try {
      return JSON.parse(line)
    } catch {
      throw new DocumentError(this.#file, `is corrupt in line ${number}`)
    }
  }
}

/** Opened without O_APPEND: a line is written where the last complete one ends. */
async function openForWriting(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r+')
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error
    return open(file, 'w+', 0o600)
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await handle.write(bytes, written, bytes.length - written, at + written)).bytesWritten
  }
}
