// pacman repositories: databases in tar, links into a pool.

import { createHash } from 'node:crypto'
import { type Layout, type NamedFile, type Problem, type Root, type RootReader, rootProblem } from './layout.ts'
import { folderOf, nameBelow, showName } from './names.ts'
import { readSum } from './sum-lines.ts'
import { readTar } from './tar.ts'

/** `core.db` is a link to `core.db.tar.gz`, and both are served; the suffix says nothing of how it is packed. */
const DATABASE = /^(.*\.(?:db|files))(?:\.tar(?:\.[a-z0-9]+)?)?(?:\.sig)?$/
const UPDATED = 'lastupdate'
/** A `desc` beyond this is cut: it is a page of text with a list of dependencies. */
const LARGEST_DESC = 256 * 1024

export const arch: Layout = {
  name: 'arch',
  stages: { first_pass_exclude: ['*.db', '*.db.tar*', '*.db.sig', '*.files', '*.files.tar*', '*.files.sig', UPDATED] },
  passing: ['*.db.lck', '*.files.lck', '*.db.tar*.lck'],
  updating: [],
  probes: () => [UPDATED],
  isLike: (names) => names.has(UPDATED) || [...names].some((name) => DATABASE.test(name)),
  rootOf: (name) => (name === UPDATED ? name : (DATABASE.exec(name)?.[1] ?? null)),
  folderOfRoot: folderOf,
  filesOfRoot: (id) => (id === UPDATED ? [id] : ['', '.sig', '.tar.gz', '.tar.gz.sig'].map((end) => id + end)),
  readRoot: (id, reader) => (id === UPDATED ? readTime(reader) : readDatabase(id, reader)),
  readIndex: ({ name }, content) => readDescs(content, folderOf(name)),
}

async function readTime(reader: RootReader): Promise<Root> {
  const text = (await reader.read(UPDATED))?.toString('latin1').trim() ?? ''
  const time = /^\d{1,12}$/.test(text) ? Number(text) * 1000 : null
  return { id: UPDATED, folder: '', files: [UPDATED], problems: [], time, names: [] }
}

async function readDatabase(id: string, reader: RootReader): Promise<Root> {
  const signature = `${id}.sig`
  const hasSignature = (await reader.read(signature)) !== null
  const again = [id, signature, ...['', '.sig'].map((end) => `${id}.tar.gz${end}`)]
  const problems: Problem[] = []
  if (hasSignature) {
    const fault = await reader.checkSignature(signature, id)
    if (fault !== null) problems.push(rootProblem('signature', signature, `${showName(signature)} ${fault}`, again))
  } else if (reader.keyring !== null)
    problems.push(
      rootProblem('signature', id, `${showName(id)} is not signed: there is no ${showName(signature)}.`, again),
    )
  const self: NamedFile = { name: id, size: null, sum: null, reads: 'desc', absence: 'fault' }
  const names = problems.length === 0 ? [self] : []
  return { id, folder: folderOf(id), files: [id, ...(hasSignature ? [signature] : [])], problems, time: null, names }
}

async function* readDescs(content: AsyncIterable<Buffer>, folder: string): AsyncGenerator<readonly NamedFile[]> {
  let desc = ''
  for await (const parts of readTar(content, (name) => name.endsWith('/desc'))) {
    const files: NamedFile[] = []
    for (const { chunk, isLast } of parts) {
      desc = (desc + chunk.toString('latin1')).slice(0, LARGEST_DESC)
      if (!isLast) continue
      files.push(...readDesc(desc, folder))
      desc = ''
    }
    yield files
  }
}

/** Blocks of `%KEY%` and lines below it. The signature's bytes stand in the database too. */
function readDesc(desc: string, folder: string): NamedFile[] {
  const value = (key: string): string => new RegExp(`^%${key}%\\r?\\n([^\\r\\n]*)`, 'm').exec(desc)?.[1] ?? ''
  const name = nameBelow(folder, value('FILENAME'))
  if (name === null) return []
  const size = /^\d{1,15}$/.test(value('CSIZE')) ? Number(value('CSIZE')) : null
  const sum = readSum(value('SHA256SUM')) ?? readSum(value('MD5SUM'))
  const signature = Buffer.from(value('PGPSIG'), 'base64')
  return [
    { name, size, sum, reads: null, absence: 'fault' },
    ...(signature.length === 0 ? [] : [signatureFile(`${name}.sig`, signature)]),
  ]
}

function signatureFile(name: string, bytes: Buffer): NamedFile {
  const sum = { algorithm: 'sha256', hex: createHash('sha256').update(bytes).digest('hex') } as const
  // pacman takes the signature from the database; the file is for people.
  return { name, size: bytes.length, sum, reads: null, absence: 'fault_when_lost' }
}
