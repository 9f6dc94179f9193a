// Real repositories, recorded by the archives' own tools (apt-ftparchive, createrepo_c, repo-add), and the judge over them.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { extract } from 'tar'
import { layoutOf } from '../../master/layouts/layouts.ts'
import { createChanges } from '../../master/stages/verify/changes.ts'
import { type Judgement, judgeTree } from '../../master/stages/verify/judge.ts'
import { createRootReader } from '../../master/stages/verify/root-reader.ts'
import { createSignatures } from '../../master/stages/verify/signatures.ts'
import { createTreeFiles } from '../../master/stages/verify/tree-files.ts'
import { unpack } from '../../master/stages/verify/unpack.ts'
import { openChildRegistry } from '../../shared/process/child-registry.ts'
import type { LayoutName } from '../../shared/schemas/project-parts.ts'
import type { PathList } from '../../shared/trees/path-list.ts'
import { temporaryFolder } from './folder.ts'

export type RecordedLayout = Exclude<LayoutName, 'plain' | 'checksums'>

export interface Repository {
  layout: LayoutName
  folder: string
  /** The folder of the keyring, which is called `keyring`; there is none for fedora. */
  root: string
}

/** A fresh copy of a recorded repository. */
export async function openRepository(layout: RecordedLayout): Promise<Repository> {
  const root = temporaryFolder()
  await extract({ file: path.resolve(`test/fixtures/${layout}.tar.gz`), cwd: root, preservePaths: false })
  return { layout, root, folder: path.join(root, 'tree') }
}

/** The names of all files and links below a folder. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort()
}

export interface Judging {
  /** A whole generation before; with it only what changed is looked at. */
  before?: { folder: string; roots: readonly string[] }
  changes?: PathList
  allSums?: boolean
  isLeftOut?: (name: string, size: number | null) => boolean
}

export function judge({ layout, folder, root }: Repository, judging: Judging = {}): Promise<Judgement> {
  const { before, changes, allSums = false, isLeftOut = () => false } = judging
  const { signal } = new AbortController()
  const children = openChildRegistry(path.join(root, 'children'))
  const tools = { children, home: root, signal, workFolder: path.join(root, 'work') }
  const keyring = path.join(root, 'keyring')
  const signs = existsSync(keyring)
  const files = createTreeFiles([folder])
  const old = before === undefined ? null : createTreeFiles([before.folder])
  const unchecked = createSignatures(tools, null)
  return judgeTree({
    layout: layoutOf({ layout }),
    files,
    before: old,
    changes: createChanges(changes ?? null, old),
    allSums,
    isLeftOut,
    reader: createRootReader(
      files,
      createSignatures(tools, signs ? keyring : null),
      signs ? readFileSync(keyring) : null,
    ),
    readerBefore: old === null ? null : createRootReader(old, unchecked, null),
    rootsBefore: before?.roots ?? null,
    unpack: (file) => unpack(file, tools),
  })
}
