// A file of records, one JSON text a line, to which changes are appended: a change costs its own size, whatever is stored.

import { type FileHandle, open, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Static, TSchema } from 'typebox'
import { DocumentError, type DocumentKind, migrateData } from './document.ts'
import { isCode, syncFolder } from './durable-file.ts'
import { writeWhole } from './write-whole.ts'

/** What the first line says. */
interface Head {
  version: number
  records: string
}

/** Rewriting pays when what is dead is more than what lives, and more than a little. */
const LEAST_DEAD_BYTES = 256 * 1024

/**
 * Records by id, in the order in which they were first put. A put that returned survives a power cut. A line that was cut
 * off in the middle was never acknowledged, and is written over by the next.
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
  /** There may be more than whole lines in the file. */
  #isTorn = true
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(kind: DocumentKind<S>, file: string, idOf: (record: Static<S>) => string) {
    this.#kind = kind
    this.#file = file
    this.#idOf = idOf
  }

  /**
   * Reads a log, or begins one (nothing is written before the first record). `kind` is that of one record; records of an
   * older version are migrated, and the file with them.
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

  /** Adds or replaces records and keeps the newest `most`; returns the ids dropped. Resolves when it is on disk. */
  put(records: readonly Static<S>[], most: number): Promise<string[]> {
    return this.#oneByOne(async () => {
      const lines = records.map((record) => `${JSON.stringify(record)}\n`)
      await this.#append(lines.join(''))
      for (const [index, record] of records.entries()) this.#remember(record, Buffer.byteLength(lines[index] ?? ''))
      const dropped = [...this.#records.keys()].slice(0, Math.max(0, this.#records.size - most))
      for (const id of dropped) this.#forget(id)
      // What was put is on disk: a rewriting that fails, as on a full disk, is no failure of it, and comes again.
      if (this.#end - this.#live > Math.max(this.#live, LEAST_DEAD_BYTES)) await this.#rewrite().catch(() => {})
      return dropped
    })
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
      // What a torn line left behind must not look like a part of this one.
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

  /** In one step, under the old one's name. */
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
    // What comes after the last line feed was cut off.
    const lines = text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .slice(0, -1)
    const [first, ...others] = lines
    if (first === undefined) return
    const { version, records } = this.#parse(first, 1) as Partial<Head>
    if (version === undefined || records !== this.#kind.name)
      throw new DocumentError(this.#file, `holds no ${this.#kind.name}`)
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

/** Opened without O_APPEND: a line is written where the last whole one ended. */
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
