// Folders with lists of sums: SHA256SUMS and its relatives, CHECKSUM, NAME.sha256.

import { type Layout, type Problem, type Root, type RootReader, rootProblem } from './layout.ts'
import { baseOf, folderOf, showName } from './names.ts'
import { readSumList } from './sum-lists.ts'

const LIST =
  /^((MD5|SHA(1|224|256|384|512))SUMS?|(md5|sha(1|224|256|384|512))sums?(\.txt)?|(.+-)?CHECKSUM)$|\.(md5|sha(1|224|256|384|512))(sum)?$/
const SIGNATURES = ['.gpg', '.asc', '.sign', '.sig']
const PATTERNS = [
  'MD5SUM*',
  'SHA*SUM*',
  'md5sum*',
  'sha*sum*',
  '*CHECKSUM',
  '*.md5',
  '*.sha1',
  '*.sha224',
  '*.sha256',
  '*.sha384',
  '*.sha512',
  '*.sha*sum',
]

export const checksums: Layout = {
  name: 'checksums',
  stages: { first_pass_exclude: PATTERNS },
  passing: [],
  updating: [],
  // A list says nothing of files that it does not name.
  probes: () => [],
  isLike: (names) => [...names].some((name) => LIST.test(name)),
  rootOf: (name) => {
    const end = SIGNATURES.find((one) => name.endsWith(one))
    const list = end === undefined ? name : name.slice(0, -end.length)
    return LIST.test(baseOf(list)) ? list : null
  },
  folderOfRoot: folderOf,
  filesOfRoot: (id) => [id, ...SIGNATURES.map((end) => id + end)],
  readRoot,
  // The lists are small, and may be clear-signed: their roots have read them.
  readIndex: async function* () {},
}

async function readRoot(id: string, reader: RootReader): Promise<Root> {
  const raw = await reader.read(id)
  if (raw === null) return { id, folder: folderOf(id), files: [], problems: [], time: null, names: [] }
  const beside = []
  for (const end of SIGNATURES) if ((await reader.read(id + end)) !== null) beside.push(id + end)
  const files = [id, ...beside]
  const isClearSigned = raw.subarray(0, 64).toString('latin1').startsWith('-----BEGIN PGP SIGNED MESSAGE-----')
  const { text, fault } = isClearSigned ? await reader.readSigned(id) : await judgeBeside(id, raw, beside, reader)
  const problems: Problem[] = fault === null ? [] : [rootProblem('signature', id, `${showName(id)} ${fault}`, files)]
  const names = []
  const asked = { list: id, folder: folderOf(id), absence: 'fault_when_lost' } as const
  for await (const batch of readSumList(once(text ?? Buffer.alloc(0)), asked)) names.push(...batch)
  return { id, folder: folderOf(id), files, problems, time: null, names }
}

async function judgeBeside(
  id: string,
  raw: Buffer,
  beside: readonly string[],
  reader: RootReader,
): Promise<{ text: Buffer | null; fault: string | null }> {
  if (reader.keyring === null) return { text: raw, fault: null }
  let fault = 'is not signed.'
  for (const signature of beside) {
    const says = await reader.checkSignature(signature, id)
    if (says === null) return { text: raw, fault: null }
    fault = says
  }
  return { text: null, fault }
}

async function* once(text: Buffer): AsyncGenerator<Buffer> {
  yield text
}
