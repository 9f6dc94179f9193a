// Keeps every project in memory and in its own document on disk, with unique ids and names.

import { mkdir, readdir } from 'node:fs/promises'
import path from 'node:path'
import { ProjectNotFound } from '../../shared/errors.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'
import { StoredDocument } from '../../shared/store/document.ts'
import { locate, ProjectDocument } from './documents.ts'
import { idTaken, nameTaken } from './taken.ts'

type Document = StoredDocument<typeof ProjectDocument.schema>

const READERS = 32

/** Stores projects durably. A change or an addition writes one project only. */
export class ProjectShelf {
  readonly #folder: string
  readonly #documents = new Map<string, Document>()
  /** Keys by lower-case id and name: on some file systems, Fedora and fedora are the same folder. */
  readonly #keyOfId = new Map<string, string>()
  readonly #keyOfName = new Map<string, string>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Reads every project. @throws {DocumentError} for the first one that cannot be used. */
  async open(): Promise<void> {
    const folder = locate.projects(this.#folder)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
    let next = 0
    const read = async (): Promise<void> => {
      for (let name = names[next++]; name !== undefined; name = names[next++]) {
        const document = await StoredDocument.open(ProjectDocument, path.join(folder, name))
        this.#remember(document)
      }
    }
    await Promise.all(Array.from({ length: READERS }, read))
  }

  list(): StoredProject[] {
    return [...this.#documents.values()].map((document) => document.data)
  }

  find(id: string): StoredProject | null {
    const project = this.findByKey(this.#keyOfId.get(id.toLowerCase()) ?? '')
    return project?.id === id ? project : null
  }

  findByKey(key: string): StoredProject | null {
    return this.#documents.get(key)?.data ?? null
  }

  async add(project: StoredProject): Promise<void> {
    this.#assertFree(project)
    if (this.#documents.has(project.key)) throw new Error(`The key ${project.key} is already taken`)
    // The names are claimed before the disk is read, so that of two additions at the same time one is refused.
    const document = await this.#claim(project, async () => {
      const fresh = await StoredDocument.open(ProjectDocument, locate.project(this.#folder, project.key), project)
      await fresh.update(() => project)
      return fresh
    })
    this.#remember(document)
  }

  async update(key: string, change: (project: StoredProject) => StoredProject): Promise<StoredProject> {
    const document = this.#documents.get(key)
    if (document === undefined) throw new ProjectNotFound(key)
    const before = document.data
    let wanted = before
    await document.update((project) => {
      wanted = change(project)
      if (wanted.id !== project.id || wanted.project !== project.project) this.#assertFree(wanted)
      return wanted
    })
    if (wanted.id !== before.id || wanted.project !== before.project) {
      this.#forgetNames(before)
      this.#rememberNames(wanted)
    }
    return wanted
  }

  async remove(key: string): Promise<void> {
    const document = this.#documents.get(key)
    if (document === undefined) throw new ProjectNotFound(key)
    // Before the file: a change during the removal would write the file again.
    this.#documents.delete(key)
    try {
      await document.remove()
    } catch (error) {
      this.#documents.set(key, document)
      throw error
    }
    this.#forgetNames(document.data)
  }

  async settle(): Promise<void> {
    for (const document of this.#documents.values()) await document.settle()
  }

  async #claim(project: StoredProject, make: () => Promise<Document>): Promise<Document> {
    this.#rememberNames(project)
    try {
      return await make()
    } catch (error) {
      this.#forgetNames(project)
      throw error
    }
  }

  #assertFree(project: StoredProject): void {
    const byId = this.#keyOfId.get(project.id.toLowerCase())
    if (byId !== undefined && byId !== project.key) {
      throw idTaken(this.findByKey(byId) ?? project)
    }
    const byName = this.#keyOfName.get(project.project.toLowerCase())
    if (byName !== undefined && byName !== project.key) {
      throw nameTaken(this.findByKey(byName) ?? project, project)
    }
  }

  #remember(document: Document): void {
    this.#documents.set(document.data.key, document)
    this.#rememberNames(document.data)
  }

  #rememberNames(project: StoredProject): void {
    this.#keyOfId.set(project.id.toLowerCase(), project.key)
    this.#keyOfName.set(project.project.toLowerCase(), project.key)
  }

  #forgetNames(project: StoredProject): void {
    if (this.#keyOfId.get(project.id.toLowerCase()) === project.key) this.#keyOfId.delete(project.id.toLowerCase())
    const name = project.project.toLowerCase()
    if (this.#keyOfName.get(name) === project.key) this.#keyOfName.delete(name)
  }
}
