// rpm repositories, any number in one tree: repomd.xml, primary, prestodelta, and .treeinfo.

import { type Layout, type Problem, type Root, type RootReader, rootProblem } from './layout.ts'
import { baseOf, folderOf, showName } from './names.ts'
import { readPackageList, readRepomd, readTreeinfo } from './rpm-metadata.ts'

const REPOMD = /(^|\/)repodata\/repomd\.xml(\.asc)?$/
const TREEINFO = ['.treeinfo', 'treeinfo']

export const rpm: Layout = {
  name: 'rpm',
  stages: { first_pass_exclude: ['repodata/', ...TREEINFO] },
  // createrepo_c makes its new metadata in the one, and moves the old to the other for a moment.
  passing: ['.repodata/', 'repodata.old.*'],
  updating: [],
  isLike: (names) => names.has('repodata'),
  probes: (roots) => (roots.length === 1 && REPOMD.test(roots[0] ?? '') ? roots : []),
  rootOf: (name) => {
    if (REPOMD.test(name)) return name.replace(/\.asc$/, '')
    return TREEINFO.includes(baseOf(name)) ? name : null
  },
  folderOfRoot: (id) => (REPOMD.test(id) ? folderOf(folderOf(id)) : folderOf(id)),
  filesOfRoot: (id) => (REPOMD.test(id) ? [id, `${id}.asc`] : [id]),
  readRoot: (id, reader) => (REPOMD.test(id) ? readRepository(id, reader) : readImages(id, reader)),
  readIndex: ({ name, reads }, content) =>
    readPackageList(content, folderOf(folderOf(name)), reads === 'prestodelta' ? 'prestodelta' : 'primary'),
}

async function readRepository(id: string, reader: RootReader): Promise<Root> {
  const signature = `${id}.asc`
  const again = [id, signature]
  const text = await reader.read(id)
  const hasSignature = (await reader.read(signature)) !== null
  const files = [...(text === null ? [] : [id]), ...(hasSignature ? [signature] : [])]
  const problems: Problem[] = []
  const folder = folderOf(folderOf(id))
  const nothing = { id, folder, files, problems, time: null, names: [] }
  if (text === null) {
    problems.push(rootProblem('missing', id, `${showName(id)} is missing; its signature is there.`, again))
    return nothing
  }
  if (hasSignature) {
    const fault = await reader.checkSignature(signature, id)
    if (fault !== null) problems.push(rootProblem('signature', signature, `${showName(signature)} ${fault}`, again))
  } else if (reader.keyring !== null)
    problems.push(
      rootProblem('signature', id, `${showName(id)} is not signed: there is no ${showName(signature)}.`, again),
    )
  if (problems.length > 0) return nothing
  try {
    return { id, folder, files, problems, ...(await readRepomd(text, folder)) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    problems.push(rootProblem('unreadable', id, `${showName(id)} cannot be read: ${reason}`, again))
    return nothing
  }
}

/** It goes stale in the seconds between it and repomd.xml, which it may name. Nothing signs it. */
async function readImages(id: string, reader: RootReader): Promise<Root> {
  const text = await reader.read(id)
  const names = text === null ? [] : readTreeinfo(text, folderOf(id))
  return { id, folder: folderOf(id), files: text === null ? [] : [id], problems: [], time: null, names }
}
