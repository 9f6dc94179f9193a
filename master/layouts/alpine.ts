// Alpine's repositories: APKINDEX.tar.gz, signed inside, and sums of a part of each package.

import { verify } from 'node:crypto'
import { firstMember } from './gzip-member.ts'
import {
  type Layout,
  type NamedFile,
  type Problem,
  type Root,
  type RootReader,
  rootProblem,
  type Sum,
} from './layout.ts'
import { linesOf } from './lines.ts'
import { baseOf, folderOf, nameBelow, showName } from './names.ts'
import { readTar } from './tar.ts'

const INDEX = 'APKINDEX.tar.gz'
const UPDATED = 'last-updated'
const BLOCK_BYTES = 512

export const alpine: Layout = {
  name: 'alpine',
  stages: { first_pass_exclude: [INDEX, `/${UPDATED}`] },
  passing: [],
  updating: [],
  probes: () => [UPDATED],
  isLike: (names) => names.has(UPDATED) || names.has(INDEX),
  rootOf: (name) => (name === UPDATED || baseOf(name) === INDEX ? name : null),
  folderOfRoot: folderOf,
  filesOfRoot: (id) => [id],
  readRoot: (id, reader) => (id === UPDATED ? readTime(reader) : readRepository(id, reader)),
  readIndex: ({ name }, content) => readEntries(content, folderOf(name)),
}

async function readTime(reader: RootReader): Promise<Root> {
  const time = Date.parse((await reader.read(UPDATED))?.toString('latin1').trim() ?? '')
  return { id: UPDATED, folder: '', files: [UPDATED], problems: [], time: Number.isNaN(time) ? null : time, names: [] }
}

async function readRepository(id: string, reader: RootReader): Promise<Root> {
  const bytes = await reader.read(id)
  const fault = bytes === null || reader.keyring === null ? null : await checkInside(bytes, reader.keyring)
  const problems: Problem[] = fault === null ? [] : [rootProblem('signature', id, `${showName(id)} ${fault}`, [id])]
  const self: NamedFile = { name: id, size: null, sum: null, reads: 'apkindex', absence: 'fault' }
  return { id, folder: folderOf(id), files: [id], problems, time: null, names: problems.length === 0 ? [self] : [] }
}

/** What is wrong with the signature, which is the first stream and signs all that follows; null when it is good. */
async function checkInside(bytes: Buffer, key: Buffer): Promise<string | null> {
  try {
    const { content, rest } = await firstMember(bytes)
    const name = content.subarray(0, 100).toString('latin1').replace(/\0.*$/s, '')
    const size = Number.parseInt(content.subarray(124, 136).toString('latin1'), 8)
    const algorithm = name.startsWith('.SIGN.RSA256.')
      ? 'RSA-SHA256'
      : name.startsWith('.SIGN.RSA.')
        ? 'RSA-SHA1'
        : null
    if (algorithm === null) return 'is not signed.'
    const signature = content.subarray(BLOCK_BYTES, BLOCK_BYTES + size)
    return verify(algorithm, rest, key, signature) ? null : 'has no good signature by the key of verify_keyring.'
  } catch (error) {
    return `cannot be checked against its signature: ${error instanceof Error ? error.message : String(error)}.`
  }
}

async function* readEntries(content: AsyncIterable<Buffer>, folder: string): AsyncGenerator<readonly NamedFile[]> {
  let entry: Record<string, string> = {}
  const take = (line: string): readonly NamedFile[] => {
    if (line !== '') {
      entry[line.slice(0, 1)] = line.slice(2)
      return []
    }
    const file = toFile(entry, folder)
    entry = {}
    return file === null ? [] : [file]
  }
  for await (const lines of linesOf(indexOf(content))) yield lines.flatMap(take)
  yield take('')
}

async function* indexOf(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const parts of readTar(content, (name) => name === 'APKINDEX')) {
    for (const { chunk } of parts) yield chunk
  }
}

function toFile({ P = '', V = '', S = '', C = '' }: Record<string, string>, folder: string): NamedFile | null {
  const name = P === '' ? null : nameBelow(folder, `${P}-${V}.apk`)
  if (name === null) return null
  return { name, size: /^\d{1,15}$/.test(S) ? Number(S) : null, sum: readControlSum(C), reads: null, absence: 'fault' }
}

/** Q1: SHA-1 of the control segment as it is stored, Q2: SHA-256 of it; base64. */
function readControlSum(text: string): Sum | null {
  const hex = Buffer.from(text.slice(2), 'base64').toString('hex')
  if (text.startsWith('Q1') && hex.length === 40) return { algorithm: 'apk-sha1', hex }
  return text.startsWith('Q2') && hex.length === 64 ? { algorithm: 'apk-sha256', hex } : null
}
