// apt repositories: Release, Packages, Sources, pdiffs, files by their sums, images of the installer.

import { readPackages, readPdiffs, readSizedSum, readSources } from './debian-fields.ts'
import { type Layout, type NamedFile, type Problem, type Root, type RootReader, rootProblem } from './layout.ts'
import { allLines } from './lines.ts'
import { baseOf, folderOf, nameBelow, showName } from './names.ts'
import { readSumList } from './sum-lists.ts'

/** From the strongest to the weakest, as Release writes them and as the folders below `by-hash` are called. */
const BLOCKS = ['SHA512', 'SHA256', 'SHA1', 'MD5Sum']
const ROOT_FILES = ['InRelease', 'Release', 'Release.gpg']
/** Folders of indices have a small Release of their own, which is an index file. */
const NO_ROOT_FOLDER = /(^|\/)(binary-[^/]+|source|installer-[^/]+|debian-installer)(\/|$)/
const PACKED = /\.(gz|xz|bz2|zst|lz4|lzma)$/

export const debian: Layout = {
  name: 'debian',
  stages: 'debian',
  // reprepro has its new indices beside the old ones while it works.
  passing: ['dists/**.new'],
  // Debian's mirror tools (ftpsync) have it there while they work.
  updating: ['Archive-Update-in-Progress-*'],
  isLike: (names) => names.has('dists') || names.has('InRelease') || names.has('Release'),
  // The archive writes its trace when all suites are done. A single suite's own Release says as much.
  probes: (roots) => ['project/trace/master', ...(roots.length === 1 ? debian.filesOfRoot(roots[0] ?? '') : [])],
  rootOf: (name) => {
    const folder = folderOf(name)
    return ROOT_FILES.includes(baseOf(name)) && !NO_ROOT_FOLDER.test(folder) ? folder : null
  },
  folderOfRoot: (id) => id,
  filesOfRoot: (id) => ROOT_FILES.map((name) => (id === '' ? name : `${id}/${name}`)),
  readRoot,
  readIndex: ({ name, reads }, content) => {
    const folder = folderOf(name)
    if (reads === 'pdiffs') return readPdiffs(content, folder)
    if (reads === 'sums') return readSumList(content, { list: name, folder, absence: 'fault' })
    return reads === 'sources' ? readSources(content, archiveOf(name)) : readPackages(content, archiveOf(name))
  },
}

/** Names of packages begin above `dists`; those of a flat repository beside its Release, in the folder of its indices. */
function archiveOf(index: string): string {
  if (index.startsWith('dists/')) return ''
  const at = index.indexOf('/dists/')
  return at < 0 ? folderOf(index) : index.slice(0, at)
}

async function readRoot(id: string, reader: RootReader): Promise<Root> {
  const at = (name: string) => (id === '' ? name : `${id}/${name}`)
  const [inRelease, release, signature] = ROOT_FILES.map(at) as [string, string, string]
  const signed = await reader.readSigned(inRelease)
  const plain = await reader.read(release)
  const hasSignature = (await reader.read(signature)) !== null
  const files = [
    ...(signed.text === null && signed.fault === null ? [] : [inRelease]),
    ...(plain === null ? [] : [release]),
    ...(hasSignature ? [signature] : []),
  ]
  const problems: Problem[] = []
  const again = [inRelease, release, signature]
  if (signed.fault !== null)
    problems.push(rootProblem('signature', inRelease, `${showName(inRelease)} ${signed.fault}`, again))
  problems.push(
    ...(await judgePlain(reader, { inRelease, release, signature, text: signed.text, plain, hasSignature })),
  )
  const isTrusted = reader.keyring === null || !problems.some(({ name }) => name === release || name === signature)
  const text = signed.text ?? (signed.fault === null && isTrusted ? plain : null)
  if (text === null) return { id, folder: id, files, problems, time: null, names: [] }
  const said = readRelease(id, text)
  const names = said.names.length
  if (names === 0)
    problems.push(rootProblem('unreadable', inRelease, `The Release of ${showName(id)} names nothing.`, again))
  return { id, folder: id, files, problems, ...said }
}

interface PlainRelease {
  inRelease: string
  release: string
  signature: string
  /** What InRelease says; null when there is none, or its signature is not good. */
  text: Buffer | null
  plain: Buffer | null
  hasSignature: boolean
}

/** The two files beside InRelease must be of the same moment; what they lack, InRelease has. */
async function judgePlain(reader: RootReader, given: PlainRelease): Promise<Problem[]> {
  const { inRelease, release, signature, text, plain, hasSignature } = given
  const again = [inRelease, release, signature]
  const breaks = text === null ? 'apt' : 'full'
  if (plain === null) {
    if (!hasSignature) return []
    const says = `${showName(signature)} is there without ${showName(release)}.`
    const repair = text === null ? {} : { repair: { write: release, text } }
    return [{ kind: 'missing', name: release, text: says, breaks, ...repair, refetch: again, root: again }]
  }
  if (text !== null && !isSameText(plain, text)) {
    const says = `${showName(release)} and ${showName(inRelease)} are not of the same moment.`
    return [
      {
        kind: 'differs',
        name: release,
        text: says,
        breaks,
        repair: { write: release, text },
        refetch: again,
        root: again,
      },
    ]
  }
  if (!hasSignature) {
    const unsigned = reader.keyring !== null && text === null
    return unsigned ? [rootProblem('signature', release, `${showName(release)} is not signed.`, again)] : []
  }
  const fault = await reader.checkSignature(signature, release)
  if (fault === null) return []
  const repair = text === null ? {} : { repair: { drop: signature } }
  return [
    {
      kind: 'signature',
      name: signature,
      text: `${showName(signature)} ${fault}`,
      breaks,
      ...repair,
      refetch: again,
      root: again,
    },
  ]
}

/** A clear-signed text has no blanks at the ends of its lines, and none or one line end at its own. */
function isSameText(one: Buffer, other: Buffer): boolean {
  const lines = (text: Buffer) =>
    text
      .toString('latin1')
      .replace(/[ \t\r]+$/gm, '')
      .trimEnd()
  return one.equals(other) || lines(one) === lines(other)
}

function readRelease(id: string, text: Buffer): Pick<Root, 'time' | 'expires' | 'names'> {
  const fields = new Map<string, string>()
  const blocks = new Map<string, string[]>()
  let block: string[] = []
  for (const line of allLines(text)) {
    if (/^\s/.test(line)) block.push(line)
    else {
      const colon = line.indexOf(':')
      block = []
      blocks.set(line.slice(0, Math.max(0, colon)), block)
      fields.set(line.slice(0, Math.max(0, colon)).toLowerCase(), line.slice(colon + 1).trim())
    }
  }
  const strongest = BLOCKS.find((name) => (blocks.get(name)?.length ?? 0) > 0)
  const time = readTime(fields.get('date'))
  const names = strongest === undefined ? [] : toNames(id, blocks.get(strongest) ?? [], strongest)
  const hasByHash = fields.get('acquire-by-hash')?.toLowerCase() === 'yes'
  return {
    time,
    expires: readTime(fields.get('valid-until')),
    names: hasByHash ? names : names.map(({ byHash: _none, ...name }) => name),
  }
}

function readTime(text: string | undefined): number | null {
  const time = Date.parse(text ?? '')
  return Number.isNaN(time) ? null : time
}

function toNames(id: string, lines: readonly string[], block: string): NamedFile[] {
  const files = lines.flatMap((line): NamedFile[] => {
    const found = readSizedSum(line)
    const name = found === null ? null : nameBelow(id, found.name)
    if (found === null || name === null) return []
    const byHash = `${folderOf(name)}/by-hash/${block}/${found.sum.hex}`
    return [{ name, size: found.size, sum: found.sum, reads: readerOf(name), byHash, absence: 'fault' }]
  })
  const forms = new Map<string, string[]>()
  for (const { name } of files) {
    const bare = name.replace(PACKED, '')
    const known = forms.get(bare)
    if (known === undefined) forms.set(bare, [name])
    else known.push(name)
  }
  return files.map((file) => ({ ...file, forms: forms.get(file.name.replace(PACKED, '')) ?? [] }))
}

/** Contents, translations and dep11 name no file of the archive; lz4 and lzma are not unpacked. */
function readerOf(name: string): string | null {
  if (/\.(lz4|lzma)$/.test(name)) return null
  const bare = baseOf(name).replace(PACKED, '')
  if (bare === 'Packages') return 'packages'
  if (bare === 'Sources') return 'sources'
  if (name.endsWith('.diff/Index')) return 'pdiffs'
  return bare === 'SHA256SUMS' ? 'sums' : null
}
