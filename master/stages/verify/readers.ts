// What is needed to read a tree's roots and indices: the keyring, the programs, and the two ways to take a signature.

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { StoredProject } from '../../../shared/schemas/project.ts'
import { isCode } from '../../../shared/store/durable-file.ts'
import type { ProjectTree } from '../../../shared/trees/project-tree.ts'
import type { RootReader } from '../../layouts/layout.ts'
import { layoutOf } from '../../layouts/layouts.ts'
import { firstHopOptions } from '../../records/first-hop.ts'
import type { AttemptRequest, UpstreamDeps } from '../upstream/attempt.ts'
import { createRootReader } from './root-reader.ts'
import { createSignatures } from './signatures.ts'
import type { TreeFiles } from './tree-files.ts'
import { unpack } from './unpack.ts'

export interface Readers {
  /** Where they write what they need; it may be removed afterwards. */
  workFolder: string
  /** For roots whose signatures are to be checked. */
  checked: (files: TreeFiles) => RootReader
  /** For roots of a generation that was checked in its time. */
  unchecked: (files: TreeFiles) => RootReader
  /** @throws {Error} as `unpack` of unpack.ts. */
  unpack: (file: Buffer) => AsyncIterable<Buffer>
}

/** Says of a verdict what was checked, and how: it holds for no other settings. */
export function checkedBy(project: StoredProject): string {
  return JSON.stringify([layoutOf(project).name, project.verify_keyring ?? null, firstHopOptions(project)])
}

/** Or why nothing can be read: a sentence. */
export async function openReaders(
  deps: Pick<UpstreamDeps, 'children' | 'home' | 'settings'>,
  { project, signal }: Pick<AttemptRequest, 'project' | 'signal'>,
  tree: ProjectTree,
): Promise<Readers | { fault: string }> {
  const keyring = await openKeyring(deps.settings.KEYRINGS_DIR, project.verify_keyring ?? null)
  if (keyring !== null && 'fault' in keyring) return keyring
  const workFolder = path.join(tree.workFolder, 'verify')
  const tools = { children: deps.children, home: deps.home, signal, workFolder }
  const [checked, unchecked] = [createSignatures(tools, keyring?.file ?? null), createSignatures(tools, null)]
  return {
    workFolder,
    checked: (files) => createRootReader(files, checked, keyring?.bytes ?? null),
    unchecked: (files) => createRootReader(files, unchecked, null),
    unpack: (file) => unpack(file, tools),
  }
}

/** A keyring that is missing is said as such: gpgv would take it for an unknown key. */
async function openKeyring(
  folder: string | undefined,
  name: string | null,
): Promise<{ file: string; bytes: Buffer } | { fault: string } | null> {
  if (name === null) return null
  if (folder === undefined)
    return { fault: `The keyring ${name} cannot be read: KEYRINGS_DIR is not set on this master.` }
  const file = path.join(folder, name)
  try {
    return { file, bytes: await readFile(file) }
  } catch (error) {
    const why = isCode(error, 'ENOENT') ? 'is missing from' : 'cannot be read in'
    return { fault: `The keyring ${name} ${why} KEYRINGS_DIR. Put it there, or change verify_keyring.` }
  }
}
