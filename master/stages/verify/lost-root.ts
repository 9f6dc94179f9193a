// Tells a repository that is gone from one whose root is gone while its files are still there.

import type { Layout, RootReader } from '../../layouts/layout.ts'
import { showName } from '../../layouts/names.ts'
import { addProblem, type Findings } from './check-named.ts'
import type { TreeFiles } from './tree-files.ts'

export interface LostRoot {
  layout: Layout
  files: TreeFiles
  before: TreeFiles | null
  readerBefore: RootReader | null
  unpack: (file: Buffer) => AsyncIterable<Buffer>
}

/**
 * createrepo_c leaves a repository without its metadata for a moment, and a pull that falls into it would delete them. A
 * repository is really gone when nothing is left, in its own folder, of what it named.
 */
export async function judgeLostRoot(input: LostRoot, findings: Findings, id: string): Promise<void> {
  const { layout, files, before, readerBefore, unpack } = input
  const old = readerBefore === null ? null : await layout.readRoot(id, readerBefore).catch(() => null)
  if (old === null || !old.names.some(({ reads }) => reads !== null)) return
  const isLeft = (name: string) => (old.folder === '' || name.startsWith(`${old.folder}/`)) && files.find(name) !== null
  let left = old.names.find(({ name }) => isLeft(name))?.name
  for (const index of old.names) {
    const found = index.reads === null ? null : before?.find(index.name)
    if (!found || left !== undefined) continue
    for await (const batch of layout.readIndex(index, unpack(found.file))) {
      left = batch.find(({ name }) => isLeft(name))?.name
      if (left !== undefined) break
    }
  }
  if (left === undefined) return
  const text = `${showName(id)} is gone, and what it named is still there, such as ${showName(left)}.`
  addProblem(findings, {
    kind: 'missing',
    name: id,
    text,
    breaks: 'apt',
    refetch: [...old.files, ...old.names.map(({ name }) => name)],
    root: old.files,
  })
}
